//! A listener that counts who connects.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::harness::spawn;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";

pub(super) struct Door {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Door {
    pub(super) async fn at(host: IpAddr, port: u16) -> Self {
        let listener = TcpListener::bind((host, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                spawn(async move {
                    let _ = stream.read(&mut [0; 4 << 10]).await;
                    let _ = stream.write_all(ANSWER).await;
                });
            }
        });
        Self { address, count }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many have connected up to now, and are not this question itself:
    /// connections are accepted in order.
    pub(super) async fn connections(&self) -> usize {
        let before = self.count.load(Ordering::SeqCst);
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(b"x").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        let others = self.count.fetch_sub(1, Ordering::SeqCst) - 1;
        debug_assert!(others >= before);
        others
    }
}
