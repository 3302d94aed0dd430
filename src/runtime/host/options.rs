//! What a host can be told.

use std::sync::Arc;
use std::time::Duration;

use crate::runtime::task::{Operator, Terminal};
use crate::runtime::{Epoch, Interrupts};

/// How a host behaves. The defaults suit a test run on a LAN.
#[derive(Clone)]
pub struct HostOptions {
    /// The clock of the machine.
    pub epoch: Epoch,
    /// What interrupts the machine.
    pub interrupts: Interrupts,
    /// Who answers the machine's prompts.
    pub operator: Arc<dyn Operator>,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// Bytes a connection may have queued for a peer that does not read; one send more ends it with
    /// [`crate::io::Closed::Stalled`].
    pub write_queue: usize,
    /// How long closing a connection, and ending the run, may wait for the peer to read what is
    /// queued.
    pub flush_timeout: Duration,
    /// How long a connection we closed may wait for the peer to close it too.
    pub linger: Duration,
    /// How long a command may run.
    pub command_timeout: Duration,
    /// How much of what a command prints is kept, in bytes.
    pub command_output: usize,
}

impl Default for HostOptions {
    /// A clock that begins now, nobody to interrupt, the terminal's operator; 5 s to connect, 4 MiB
    /// of write queue, 2 s to flush, 500 ms to linger, 60 s and 64 KiB for a command.
    fn default() -> HostOptions {
        HostOptions {
            epoch: Epoch::begin(),
            interrupts: Interrupts::new(),
            operator: Arc::new(Terminal::default()),
            connect_timeout: Duration::from_secs(5),
            write_queue: 4 << 20,
            flush_timeout: Duration::from_secs(2),
            linger: Duration::from_millis(500),
            command_timeout: Duration::from_secs(60),
            command_output: 64 << 10,
        }
    }
}
