//! The `ch2spec` command.

fn main() {}
