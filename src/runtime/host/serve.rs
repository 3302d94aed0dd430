//! The tasks that serve the sockets that wait.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Notify, mpsc};

use crate::io::SocketId;
use crate::runtime::connection::Event;

/// How long an accepting task waits, at most, after the system refused it a connection.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);
/// How long a receiving task waits after an error.
const RECEIVE_RETRY: Duration = Duration::from_millis(10);
/// Largest datagram.
const DATAGRAM: usize = 64 << 10;

/// A listener that can be closed at once, whatever the task that accepts from it is at: whoever lets
/// go of an address may want it again in the same moment.
#[derive(Clone)]
pub(super) struct Door(Arc<Mutex<Option<TcpListener>>>);

impl Door {
    pub(super) fn open(listener: TcpListener) -> Door {
        Door(Arc::new(Mutex::new(Some(listener))))
    }

    pub(super) fn close(&self) {
        self.listener().take();
    }

    /// The next connection; `None` once it is closed.
    async fn accept(&self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        poll_fn(|context| match &*self.listener() {
            Some(listener) => listener.poll_accept(context).map(Some),
            None => Poll::Ready(None),
        })
        .await
    }

    fn listener(&self) -> MutexGuard<'_, Option<TcpListener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections. Where the system has no room for one, it waits until one has gone.
pub(super) async fn accept(
    door: Door,
    socket: SocketId,
    events: mpsc::Sender<Event>,
    released: Arc<Notify>,
) {
    while let Some(accepted) = door.accept().await {
        match accepted {
            Ok((stream, peer)) => {
                let event = Event::Accepted {
                    socket: socket.0,
                    stream,
                    peer,
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
            // The peer went away while it waited.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => {
                let _ = tokio::time::timeout(ACCEPT_RETRY, released.notified()).await;
            }
        }
    }
}

pub(super) async fn receive(udp: Arc<UdpSocket>, socket: SocketId, events: mpsc::Sender<Event>) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        match udp.recv_from(&mut buffer).await {
            Ok((length, from)) => {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                let event = Event::Datagram {
                    socket: socket.0,
                    from,
                    bytes,
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
            // Some systems tell here that an earlier datagram found nobody, which says nothing about
            // the socket; whatever it is, it must not keep the thread busy.
            Err(_) => tokio::time::sleep(RECEIVE_RETRY).await,
        }
    }
}
