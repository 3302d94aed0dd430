//! How often AVPs may occur in commands and groups, and where (RFC 6733 3.2, 4.4, 10.1; RFC 8506
//! 3, 8, 10).
//!
//! [`check`] holds one message against the grammar of its command. An answer with the E bit is held
//! against the grammar of error answers instead (RFC 6733 7.2).

mod check;
mod commands;
mod groups;
mod place;

pub use check::{Occurrence, check};
pub use commands::CommandGrammar;
pub use groups::GroupGrammar;
pub use place::{groups_with, in_ccr};
