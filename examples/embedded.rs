use flyte_webhook::embedded;
use std::net::SocketAddr;
use tokio_util::sync::CancellationToken;
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .init();
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().unwrap().parse().unwrap();
    let shutdown = CancellationToken::new();
    let handle = embedded::start(
        embedded::Options {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            data_dir: args.next().unwrap().into(),
            concurrency: 4,
            faults: vec![],
            now: jiff::Timestamp::now,
            host: embedded::HostEnvironment::keep(std::env::vars_os()),
        },
        shutdown.clone(),
    )
    .await
    .unwrap_or_else(|e| {
        eprintln!(
            "{e}: {:?}",
            std::error::Error::source(&e).map(|s| s.to_string())
        );
        std::process::exit(1)
    });
    eprintln!("listening on {}", handle.address());
    let mut term =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = term.recv() => {} }
    shutdown.cancel();
    handle.stopped().await;
    eprintln!("stopped");
}
