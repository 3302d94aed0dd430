//! The two tasks of a TCP connection.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use crate::io::Closed;

/// Largest read handed to a machine, in bytes.
const READ_SIZE: usize = 64 << 10;

/// What the tasks of the host tell its loop. `serial` tells one connection from a later one that
/// bears the same number.
#[derive(Debug)]
pub(super) enum Event {
    Accepted {
        socket: u64,
        stream: TcpStream,
        peer: SocketAddr,
    },
    Connected {
        serial: u64,
        result: Result<TcpStream, Closed>,
    },
    Received {
        serial: u64,
        bytes: Bytes,
    },
    Closed {
        serial: u64,
        how: Closed,
    },
    Datagram {
        socket: u64,
        from: SocketAddr,
        bytes: Bytes,
    },
    TaskDone {
        task: u64,
        outcome: Result<String, String>,
    },
}

/// A connection that stands, as the loop holds it. Dropping it closes the connection once what is
/// queued has been written, or when that takes longer than the flush timeout.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Arc<TcpStream>,
    shared: Arc<Shared>,
    queue: mpsc::UnboundedSender<Bytes>,
    reader: AbortHandle,
    writer: AbortHandle,
    /// Dropped with the connection, which tells the writer.
    _open: watch::Sender<()>,
}

/// What the loop and the tasks of a connection know in common.
#[derive(Debug, Default)]
struct Shared {
    /// Bytes queued for the writer and not yet written.
    queued: AtomicUsize,
    /// A write failed because the peer reset the connection; a read may not tell it again.
    reset: AtomicBool,
}

/// How long a connection takes to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For writing what is queued.
    pub(super) flush: Duration,
    /// For the peer to close its half.
    pub(super) linger: Duration,
}

impl Connection {
    /// Starts the tasks of a connection. The writer is spawned with `spawn`, so that its owner can
    /// wait for it.
    pub(super) fn start(
        stream: TcpStream,
        serial: u64,
        events: mpsc::Sender<Event>,
        patience: Patience,
        spawn: impl FnOnce(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) -> AbortHandle,
    ) -> Connection {
        // Without it small messages wait for the acknowledgement of those before; it only fails on
        // a socket that is dead already.
        let _ = stream.set_nodelay(true);
        let stream = Arc::new(stream);
        let shared = Arc::new(Shared::default());
        let (queue, queued) = mpsc::unbounded_channel();
        let (open, closing) = watch::channel(());
        let reading = tokio::spawn(read(stream.clone(), shared.clone(), serial, events));
        let reader = reading.abort_handle();
        let write = Writer {
            stream: stream.clone(),
            shared: shared.clone(),
            queue: queued,
            closing,
            patience,
            reading: AbortOnDrop(reading),
        };
        let writer = spawn(Box::pin(write.run()));
        Connection {
            stream,
            shared,
            queue,
            reader,
            writer,
            _open: open,
        }
    }

    /// Bytes accepted for writing that the operating system has not taken yet.
    pub(super) fn queued(&self) -> usize {
        self.shared.queued.load(Ordering::Acquire)
    }

    /// Writes, at once where nothing is queued and the system takes it.
    pub(super) fn send(&self, mut bytes: Bytes) {
        while self.queued() == 0 && !bytes.is_empty() {
            match self.stream.try_write(&bytes) {
                Ok(written) => bytes = bytes.slice(written..),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    // The reader tells that the connection has ended.
                    self.shared.note(&error);
                    return;
                }
            }
        }
        if !bytes.is_empty() {
            self.shared.queued.fetch_add(bytes.len(), Ordering::AcqRel);
            // A writer that has ended had no more use for the bytes either.
            let _ = self.queue.send(bytes);
        }
    }

    /// Resets the connection and drops what is unsent.
    pub(super) fn abort(self) {
        // Where the system refuses, closing is all that is left.
        let _ = self.stream.set_zero_linger();
        self.reader.abort();
        self.writer.abort();
    }

    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    pub(super) fn peer(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl Shared {
    fn note(&self, error: &io::Error) {
        if error.kind() == ErrorKind::ConnectionReset {
            self.reset.store(true, Ordering::Release);
        }
    }
}

/// What an error of the operating system means for the connection.
pub(super) fn closed(error: &io::Error) -> Closed {
    match error.kind() {
        ErrorKind::ConnectionRefused => Closed::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Closed::Reset,
        _ => Closed::Failed(error.to_string()),
    }
}

/// Reads until the end and tells the loop. While the loop is behind, it waits and the peer's window
/// closes.
async fn read(
    stream: Arc<TcpStream>,
    shared: Arc<Shared>,
    serial: u64,
    events: mpsc::Sender<Event>,
) {
    let mut buffer = vec![0; READ_SIZE];
    let how = loop {
        if let Err(error) = stream.readable().await {
            break closed(&error);
        }
        match stream.try_read(&mut buffer) {
            Ok(0) => {
                // A writer that met the reset may be about to note it.
                tokio::task::yield_now().await;
                let reset = shared.reset.load(Ordering::Acquire);
                break if reset { Closed::Reset } else { Closed::ByPeer };
            }
            Ok(read) => {
                let bytes = Bytes::copy_from_slice(&buffer[..read]);
                if events
                    .send(Event::Received { serial, bytes })
                    .await
                    .is_err()
                {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => break closed(&error),
        }
    };
    let _ = events.send(Event::Closed { serial, how }).await;
}

struct Writer {
    stream: Arc<TcpStream>,
    shared: Arc<Shared>,
    queue: mpsc::UnboundedReceiver<Bytes>,
    closing: watch::Receiver<()>,
    patience: Patience,
    reading: AbortOnDrop,
}

impl Writer {
    async fn run(mut self) {
        let patience = self.patience;
        let mut closing = self.closing;
        let gave_up = async {
            while closing.changed().await.is_ok() {}
            tokio::time::sleep(patience.flush).await;
        };
        let write = async {
            while let Some(bytes) = self.queue.recv().await {
                let length = bytes.len();
                if let Err(error) = write_all(&self.stream, bytes).await {
                    self.shared.note(&error);
                    // The reader tells that the connection has ended; what comes is dropped.
                    while self.queue.recv().await.is_some() {}
                    return;
                }
                self.shared.queued.fetch_sub(length, Ordering::AcqRel);
            }
        };
        tokio::select! {
            () = gave_up => return,
            () = write => {}
        }
        // Reading on until the peer closes too keeps the system from resetting the connection, which
        // would take from the peer what has just been written.
        if finish_sending(&self.stream).is_ok() {
            let _ = tokio::time::timeout(patience.linger, &mut self.reading.0).await;
        }
    }
}

/// A task that ends with its owner.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn write_all(stream: &TcpStream, mut bytes: Bytes) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(&bytes) {
            Ok(written) => bytes = bytes.slice(written..),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Closes our half of the connection.
#[cfg(unix)]
fn finish_sending(stream: &TcpStream) -> io::Result<()> {
    use std::os::fd::AsFd;

    let same_socket = std::net::TcpStream::from(stream.as_fd().try_clone_to_owned()?);
    same_socket.shutdown(std::net::Shutdown::Write)
}

/// Closes our half of the connection; there is no way to do so here, so it is closed whole.
#[cfg(not(unix))]
fn finish_sending(_stream: &TcpStream) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
