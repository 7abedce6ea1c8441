//! The bounded record of what a task printed.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

/// Name of the log in the attempt's directory.
pub const LOG_FILE: &str = "attempt.log";

/// The beginning of the output, written as it comes.
const HEAD: usize = 1024 * 1024;
/// The end of the output, where the reason of a failure stands.
const TAIL: usize = 64 * 1024;
/// How long a process that outlived the task may keep the pipe open.
const DRAIN: Duration = Duration::from_secs(1);

/// Writes `output` to `path` until it ends, or shortly after `ended`; returns its last part.
///
/// Reading never stops before: a task must not block because its log is full or the disk is.
pub(super) async fn keep<R>(
    mut output: R,
    path: &Path,
    ended: CancellationToken,
) -> io::Result<String>
where
    R: AsyncRead + Unpin,
{
    let mut log = Log::create(path).await?;
    let mut buffer = vec![0; 16 * 1024];
    let mut overdue = pin!(async {
        ended.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    });
    loop {
        let read = tokio::select! {
            read = output.read(&mut buffer) => read?,
            () = &mut overdue => 0,
        };
        match buffer.get(..read) {
            Some([]) | None => return Ok(log.finish().await),
            Some(printed) => log.write(printed).await,
        }
    }
}

struct Log {
    /// None once the disk refused a write.
    file: Option<File>,
    head: usize,
    /// How much of the output the head does not hold.
    beyond: usize,
    tail: VecDeque<u8>,
}

impl Log {
    async fn create(path: &Path) -> io::Result<Self> {
        let file = Some(File::create(path).await?);
        Ok(Self {
            file,
            head: 0,
            beyond: 0,
            tail: VecDeque::with_capacity(TAIL),
        })
    }

    async fn write(&mut self, printed: &[u8]) {
        let (head, beyond) = printed.split_at(printed.len().min(HEAD - self.head));
        self.head += head.len();
        self.beyond += beyond.len();
        self.append(head).await;
        self.tail.extend(printed);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
    }

    async fn finish(mut self) -> String {
        let tail = self.tail.make_contiguous().to_vec();
        let left_out = self.beyond.saturating_sub(TAIL);
        if left_out > 0 {
            let note = format!("\n[{left_out} bytes of output are not kept]\n");
            self.append(note.as_bytes()).await;
        }
        let behind_head = tail.len() - self.beyond.min(tail.len());
        self.append(tail.get(behind_head..).unwrap_or_default())
            .await;
        String::from_utf8_lossy(&tail).into_owned()
    }

    async fn append(&mut self, bytes: &[u8]) {
        let Some(file) = &mut self.file else { return };
        // `flush` waits for the write: a log is read while the task runs.
        if file.write_all(bytes).await.is_err() || file.flush().await.is_err() {
            self.file = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn kept(printed: &[u8]) -> (Vec<u8>, String) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(LOG_FILE);
        let tail = keep(printed, &path, CancellationToken::new())
            .await
            .unwrap();
        (std::fs::read(&path).unwrap(), tail)
    }

    #[tokio::test]
    async fn short_output_is_kept_as_it_is() {
        assert_eq!(
            kept(b"one\ntwo\n").await,
            (b"one\ntwo\n".to_vec(), "one\ntwo\n".to_owned())
        );
        assert_eq!(kept(b"").await, (Vec::new(), String::new()));
    }

    #[tokio::test]
    async fn output_just_beyond_the_head_is_kept_without_a_gap() {
        let printed: Vec<u8> = (0..=250).cycle().take(HEAD + TAIL).collect();
        assert!(kept(&printed).await.0 == printed);
    }

    #[tokio::test]
    async fn of_long_output_beginning_and_end_are_kept() {
        let printed = [b"a".repeat(HEAD), b"b".repeat(10), b"c".repeat(TAIL)].concat();
        let (log, tail) = kept(&printed).await;
        let note = b"\n[10 bytes of output are not kept]\n".to_vec();
        assert!(log == [b"a".repeat(HEAD), note, b"c".repeat(TAIL)].concat());
        assert!(tail.into_bytes() == b"c".repeat(TAIL));
    }

    #[tokio::test]
    async fn a_pipe_that_stays_open_is_left_after_a_while() {
        let directory = tempfile::tempdir().unwrap();
        let (mut held, output) = tokio::io::duplex(64);
        held.write_all(b"last words").await.unwrap();
        let ended = CancellationToken::new();
        ended.cancel();
        let tail = keep(output, &directory.path().join(LOG_FILE), ended)
            .await
            .unwrap();
        assert_eq!(tail, "last words");
    }
}
