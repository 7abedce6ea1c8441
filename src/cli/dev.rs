//! `flyte-webhook dev`

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    config::refuse,
    connector::{self, Enabled},
    exit_code, exporting,
    keys::Key,
    listen, open_audit, print, traced,
};
use crate::{
    app::{App, Changes, Lasting, Reloader, Replacer},
    config::{self, Attempt, Config, Environment, ReadFile, Setting, Sources},
    embedded::{self, Certificate, HostEnvironment},
    shutdown, telemetry,
};

/// Where the built-in tasks live.
const PROJECT: &str = "flytesnacks";
const DOMAIN: &str = "development";

/// Serve the API together with an embedded control plane, for trying.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The port of the API, on loopback.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the control plane, on loopback.
    #[arg(long, default_value_t = 8090)]
    control_plane_port: u16,
    /// Speak TLS on that port, too, with a certificate kept in the data directory.
    #[arg(long)]
    control_plane_tls: bool,
    /// Where tasks, runs and their data are kept.
    #[arg(long, default_value = ".flyte-webhook")]
    data_dir: PathBuf,
    /// How many actions run at once.
    #[arg(long, default_value_t = 4)]
    concurrency: usize,
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> ExitCode {
    let tls = match args.certificate() {
        Ok(tls) => tls,
        Err(error) => return exit_code(Err(error.into())),
    };
    let key = Key::from_entropy(rand::random());
    let sources = args.sources(tls.as_ref(), &key);
    let Attempt { outcome, files } = config::attempt(&sources);
    match outcome {
        Ok(loaded) => exit_code(dev(args, tls, &key, (sources, files), &loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

impl Args {
    /// What the control plane speaks TLS with, before the configuration names it.
    fn certificate(&self) -> Result<Option<Certificate>, embedded::certificate::Error> {
        let wanted = self.control_plane_tls.then_some(&self.data_dir);
        wanted
            .map(|directory| Certificate::of(directory))
            .transpose()
    }

    /// The ports win over the file, which may say the rest.
    fn sources(&self, tls: Option<&Certificate>, admin: &Key) -> Sources {
        let setting = |key, flag, value: String| Setting { key, value, flag };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://127.0.0.1:{}", self.control_plane_port);
        let mut flags = vec![
            setting("server.port", "port", self.port.to_string()),
            setting("control_plane.endpoint", "control-plane-port", endpoint),
        ];
        flags.extend(tls.map(|tls| {
            let file = tls.file().display().to_string();
            setting("control_plane.ca_file", "control-plane-tls", file)
        }));
        let token = format!("[{{id: dev, hash: {}}}]", admin.hash_text());
        Sources {
            file: self.config.clone(),
            flags,
            defaults: vec![
                ("server.host", "127.0.0.1".to_owned()),
                // Nobody is sent here by others, and Ctrl-C should end it at once.
                ("server.drain_delay", "0s".to_owned()),
                ("control_plane.project", PROJECT.to_owned()),
                ("control_plane.domain", DOMAIN.to_owned()),
                ("telemetry.log_format", "pretty".to_owned()),
                ("admin.on_main_port", "true".to_owned()),
                ("admin.tokens", token),
                ("egress.allow", "[127.0.0.0/8, '::1']".to_owned()),
                // Tasks of type webhook go through it; nobody else has to find it.
                ("connector.enabled", "true".to_owned()),
                ("connector.host", "127.0.0.1".to_owned()),
                ("connector.port", "0".to_owned()),
            ],
            // Only the control plane beside it goes there.
            unused: &["connector.tls"],
            environment: Environment::of_process(),
        }
    }
}

#[tokio::main]
async fn dev(
    args: Args,
    tls: Option<Certificate>,
    key: &Key,
    read: (Sources, Vec<ReadFile>),
    config: &Config,
) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = CancellationToken::new();
    let stop = shutdown::on_signal(shutdown.clone())?;
    // Before the control plane, which starts what is queued: a port that is
    // taken must not cost an attempt.
    let listeners = listen(config)?;
    let auditor = open_audit(config)?;
    let (lasting, background) = Lasting::open(config, shutdown.clone()).await?;
    let (lasting, exporter) = traced(config, lasting)?;
    let lasting = lasting.audited(auditor.clone());
    let app = App::new(config, &lasting)?;
    let connector = connector::enabled(config, &lasting)?;
    let (replacer, replacements) = Replacer::new();
    let (sources, files) = read;
    let changes = Changes::new(sources, config, files, &lasting)?;
    let ports = connector.as_ref().map(Enabled::ports);
    let reloader = Reloader::new(changes, config, &app, replacer, ports);
    let options = embedded::Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.control_plane_port)),
        data_dir: args.data_dir,
        concurrency: args.concurrency,
        tls: tls.clone(),
        connector: connector.as_ref().map(Enabled::address).transpose()?,
        faults: Vec::new(),
        now: Timestamp::now,
        host: HostEnvironment::keep(Environment::of_process().into_variables()),
    };
    let control_plane = embedded::start(options, shutdown.clone()).await?;
    print(&welcome(
        listeners.main.local_addr()?,
        control_plane.address(),
    ));
    if config.admin.tokens.iter().any(|it| it.hash == key.hash) {
        print(&administration(listeners.main.local_addr()?, key));
    }
    if let Some(tls) = tls {
        print(&trust(&tls, control_plane.address()));
    }
    let ended = CancellationToken::new();
    // In boxes: they are large, and would be moved a few times on the stack of the
    // process, which keeps what it once took.
    let served = Box::pin(async {
        let served = app.serve_until_replaced(listeners, replacements);
        let connector = connector::serve_enabled(connector);
        let (served, connected, ()) = tokio::join!(served, connector, reloader.run());
        ended.cancel();
        control_plane.stopped().await;
        served.and(connected)
    });
    let all = Box::pin(async { tokio::join!(served, background.run(ended.clone())) });
    let served = tokio::select! {
        (served, ()) = exporting(exporter, all) => served,
        () = stop => Ok(()),
    };
    auditor.close().await;
    Ok(served?)
}

/// What to do next, ready to paste. The second line waits: pasted together, it
/// would come before the end of the run.
fn welcome(api: SocketAddr, control_plane: SocketAddr) -> String {
    format!(
        "flyte-webhook is at http://{api} (documentation: http://{api}/docs)\n\
         The embedded control plane is at http://{control_plane}\n\
         \n\
         Start a run, look how it went, and see what came out:\n\
         \n\
         RUN=$(curl -s http://{api}/run-task/{DOMAIN}/{PROJECT}/demo.hello -H 'Authorization: Bearer dev' -H 'Content-Type: application/json' -d '{{\"name\": \"Ada\"}}' | sed 's/.*\"name\":\"\\([^\"]*\\)\".*/\\1/'); echo \"$RUN\"\n\
         while STATE=$(curl -s http://{api}/run/$RUN -H 'Authorization: Bearer dev'); echo \"$STATE\" | grep -q '\"done\":false'; do sleep 0.1; done; echo \"$STATE\"\n\
         curl -s http://{api}/run/$RUN/io -H 'Authorization: Bearer dev'; echo\n\
         \n"
    )
}

/// How to come to the administrator's routes.
fn administration(api: SocketAddr, key: &Key) -> String {
    let key = &key.text;
    format!(
        "For administrators: http://{api}/ (any user, password {key})\n\
         \n"
    )
}

/// How clients come to take the control plane's certificate.
fn trust(tls: &Certificate, control_plane: SocketAddr) -> String {
    let file = tls.file().display();
    format!(
        "It speaks TLS, too, at https://{control_plane}; its certificate is {file}\n\
         (SSL_CERT_FILE={file} for the Flyte SDK, control_plane.ca_file for flyte-webhook)\n\
         \n"
    )
}
