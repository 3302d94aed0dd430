//! The only room with sockets, clocks and tasks.
//!
//! A [`crate::io::Machine`] owns no socket and reads no clock; here is what runs it:
//!
//! - [`host::run`] runs one machine on real sockets, with tokio. Several machines of one process
//!   share a clock by sharing an [`Epoch`], and are interrupted together by one [`Interrupts`].
//! - [`simulated::Network`] runs several machines against one another in memory and in virtual
//!   time, where a ten second timer costs nothing and the same seed gives the same run.
//!
//! Both keep the same promises. After each input a machine is asked for its outputs until it has no
//! more, and these are carried out in order. Inputs of one connection come in order, what was
//! received before the word that it is closed. A connection that the machine closed says nothing
//! more. A timeout is told once its time has come, never before.
//!
//! Everything is bounded: reading stops while the machine is behind, a connection whose peer does
//! not read is given up once its write queue is full, and what a command prints is cut.

mod clock;
mod connection;
pub mod host;
mod interrupt;
mod resolve;
pub mod simulated;
mod task;

pub use clock::Epoch;
pub use interrupt::Interrupts;
pub use resolve::resolve;
