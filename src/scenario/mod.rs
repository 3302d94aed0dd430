//! The scenario language: what authors write, loaded with every place kept.
//!
//! The way of a file:
//!
//! 1. `source` reads it, within limits; `node` makes of the YAML text a tree in which every value
//!    knows where it stands and how it was written. Aliases, tags and further documents are refused.
//! 2. `fragment`, `unfold` and `block` put the steps of fragments, and of blocks such as `one of`, in
//!    the place of their uses; `labels` says
//!    which step a label means. A fragment's labels belong to the use: inside, a label is always
//!    the fragment's own; outside it is known by its name, or, where that is taken, as `name#2`.
//! 3. `lower` makes steps of the model of them, with `message` (what is sent and received), `expr`
//!    (values and references) and `matcher` (what must hold); `order` looks for what can never be.
//! 4. `library` is the way in: files, directories, or the scenarios that are shipped.
//!
//! `sut.yaml` takes the same way through `sut_file`. The keys of both are tables in [`keys`],
//! [`step_keys`] and [`sut_keys`], which the loader and every generated description of the language share.
//!
//! Everything wrong on the way is collected as [`Diagnostic`]s, so that an author sees all problems
//! at once, and what is returned is valid: labels resolve, AVPs exist, values fit their types.

mod alternatives;
mod attached;
mod binding_file;
mod block;
mod budget;
mod diagnostic;
mod doubt;
mod exact;
mod explained;
mod expr;
mod format;
mod fragment;
mod ics;
mod ixit;
pub mod keys;
mod labels;
mod ladder;
mod length;
mod library;
mod load;
mod lower;
mod matcher;
mod meant;
mod message;
mod model;
mod node;
mod order;
mod reader;
mod reference;
mod reply;
mod responses;
mod schema;
mod sends;
mod sessions;
mod silence;
mod source;
pub mod step_keys;
mod subscribers;
mod suggest;
mod sut;
mod sut_file;
pub mod sut_keys;
mod unfold;
mod unmatched;
mod words;
mod written;

pub(crate) use expr::is_ledger;
pub(crate) use matcher::is_matcher;

pub use diagnostic::{Diagnostic, Note, Severity};
pub use exact::{Blank, Exact};
pub use explained::{Example, Explanation};
pub use format::format;
pub use ics::Ics;
pub use ixit::{Ixit, IxitKind, IxitValue, ixit_names};
pub use ladder::{Charset, Ladder, Mark, Row};
pub use length::Length;
pub use library::{
    Embedded, Loaded, UnknownScenario, library, load_library, load_paths, load_text, parse_yaml,
    select, yaml_files,
};
pub use model::{
    Action, Branch, Check, Choice, Count, Deed, Expr, HeaderChange, Identity, Incoming, Matcher,
    Outgoing, Over, Party, Place, Scenario, Session, SipBody, Source, Statuses, Step, Target,
    Trigger,
};
pub use node::{Node, Style, Value};
pub use reference::reference;
pub use reply::{Changes, Command, Money, Reply, Validity, Wrong};
pub use schema::{binding_schema, scenario_schema, sut_schema};
pub use source::MAX_FILE_BYTES;
pub use sut::{
    EnablerAddress, FarEndAddress, SipAddress, Subscriber, Sut, Transport, TriggerBinding,
};
pub use sut_file::{LoadedSut, load_sut, load_sut_text};
