//! What each code of a diagnostic means, with a file that earns it and one that does not.
//!
//! A test loads every example: the wrong one gives exactly the code it stands for, the right one
//! nothing at all. Another reads the loader's source, so that no code is left without a word.

mod example;
mod files;
mod flow;
mod fragments;
mod servers;
mod sessions;
mod steps;
mod values;

pub use example::{Example, Explanation};
