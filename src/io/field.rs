//! A message taken apart for a reader.

use std::ops::Range;

use serde::Serialize;

/// One line of a dissected message: a field, where its bytes lie, and what they say.
///
/// Each codec lists the fields of a message in wire order; `ch2spec decode` and the evidence of a
/// report show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Nesting, 0 for the outermost.
    pub depth: usize,
    /// The field's name in its own standard's words, such as `Hop-by-Hop Identifier` or `Via`.
    pub name: String,
    /// The value as a reader wants it. Text from the wire stands here unescaped: whoever prints
    /// it escapes it for where it goes.
    pub value: String,
    /// The bytes of the message that hold the field.
    pub bytes: Range<usize>,
    /// What is wrong with it, with the clause it breaks; empty where nothing is.
    pub faults: Vec<String>,
}
