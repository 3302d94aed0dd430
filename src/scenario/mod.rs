//! The scenario language: what authors write, loaded with every place kept.

mod diagnostic;
mod expr;
mod fragment;
pub mod keys;
mod labels;
mod library;
mod load;
mod lower;
mod matcher;
mod message;
mod model;
mod node;
mod order;
mod reader;
mod source;
mod subscribers;
mod suggest;
mod sut;
mod sut_file;
pub mod sut_keys;
mod unfold;
mod words;

pub use diagnostic::{Diagnostic, Note, Severity};
pub use library::{
    Embedded, Loaded, UnknownScenario, library, load_library, load_paths, load_text, parse_yaml,
    select,
};
pub use model::{
    Action, Check, Expr, Ics, Identity, Incoming, Matcher, Outgoing, Party, Place, Scenario,
    Source, Step, Target, Trigger,
};
pub use node::{Node, Style, Value};
pub use source::MAX_FILE_BYTES;
pub use sut::{
    EnablerAddress, FarEndAddress, Ixit, SipAddress, Subscriber, Sut, Transport, TriggerBinding,
};
pub use sut_file::{LoadedSut, load_sut, load_sut_text};
