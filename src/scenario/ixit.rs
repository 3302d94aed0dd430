//! The IXIT: the values a server runs with, as a registry. `values:` of `sut.yaml`, `$ixit.NAME` of
//! scenarios, the schema and the report are all made from it.

use std::time::Duration;

use super::diagnostic::Problems;
use super::keys::{Key, Shape};
use super::node::Node;
use super::reader::short;

/// A value as a scenario refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IxitValue {
    /// A length of time.
    Time(Duration),
    /// A number.
    Number(u64),
    /// Text.
    Text(String),
}

/// What `$ixit.NAME` can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IxitKind {
    /// A length of time, for `wait`, `within` and their like: no message carries it.
    Time,
    /// Whole seconds: a length of time, and a number that a message carries.
    Seconds,
    /// A number.
    Number,
    /// Text.
    Text,
}

impl IxitKind {
    /// Whether a number can be wanted where it stands.
    pub(super) fn is_number(self) -> bool {
        matches!(self, IxitKind::Number | IxitKind::Seconds)
    }

    /// Whether it is a length of time.
    pub(super) fn is_time(self) -> bool {
        matches!(self, IxitKind::Time | IxitKind::Seconds)
    }
}

macro_rules! values {
    ($($field:ident: $type:ty = $default:expr, $name:literal, $example:literal,
       $shown:expr, $zero:expr, $doc:literal;)*) => {
        /// IXIT: the values a server runs with. Adding one is adding a row.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Ixit {
            $(#[doc = $doc] pub $field: $type,)*
        }

        impl Default for Ixit {
            fn default() -> Ixit {
                Ixit { $($field: $default,)* }
            }
        }

        /// `values:`
        pub const VALUES: &[Key] = &[$(Key {
            name: $name,
            doc: $doc,
            example: $example,
            default: $shown,
            required: false,
            shape: <$type as Stated>::SHAPE,
        },)*];

        impl Ixit {
            /// Every value by its name as `sut.yaml` writes it; `None` where none is stated.
            pub fn values(&self) -> Vec<(&'static str, Option<IxitValue>)> {
                vec![$(($name, self.$field.value()),)*]
            }

            /// Takes the value of that name, which is one of [`VALUES`].
            pub(super) fn read(&mut self, name: &str, node: &Node, problems: &mut Problems) {
                match name {
                    $($name => {
                        if let Some(value) = <$type as Stated>::read(problems, node, $name, $zero) {
                            self.$field = value;
                        }
                    })*
                    _ => {}
                }
            }
        }

        /// What the value of that name is.
        fn kind(name: &str) -> Option<IxitKind> {
            match name {
                $($name => Some(<$type as Stated>::KIND),)*
                _ => None,
            }
        }
    };
}

values! {
    trigger_time: Duration = Duration::from_secs(2), "trigger time", "2 s",
        Some("2 s"), NEEDS_TIME,
        "How long the server may take from a trigger to the message it triggers.";
    quiet_window: Duration = Duration::from_millis(200), "quiet window", "200 ms",
        Some("200 ms"), NEEDS_TIME,
        "How long silence must last to count as absence.";
    order_tolerance: Duration = Duration::from_millis(100), "order tolerance", "100 ms",
        Some("100 ms"), MAY_BE_ZERO,
        "Messages on different connections closer together than this are in no order.";
    grant: u64 = 10, "grant", "10",
        Some("10"), "a grant of nothing ends every session",
        "What is granted where a scenario does not say.";
    validity_time: Option<u32> = None, "validity time", "60 s",
        None, "Validity-Time counts whole seconds, from one on",
        "Validity-Time of a grant, in whole seconds; none where left out.";
    refused_content_type: String = "application/x-ch2spec-unwanted".to_owned(),
        "refused content type", "application/x-ch2spec-unwanted",
        Some("application/x-ch2spec-unwanted"), MAY_BE_ZERO,
        "A content type that the server refuses with 415.";
    counted_content_types: Option<Vec<String>> = None, "counted content types",
        "[text/plain, message/cpim]",
        None, MAY_BE_ZERO,
        "The content types whose messages are debited; all where left out.";
    max_message_size: Option<u64> = None, "max message size", "10000",
        None, "a server that takes no octet takes no message",
        "The longest message that the server takes, in octets; not tested where left out.";
    tx_time: Duration = Duration::from_secs(10), "tx time", "10 s",
        Some("10 s"), NEEDS_TIME,
        "Tx: how long the server waits for a Response. RFC 8506 section 13 recommends 10 s.";
    inactivity_time: Option<Duration> = None, "inactivity time", "60 s",
        None, NEEDS_TIME,
        "After how long the server ends an idle session; not tested where left out.";
    session_expires: Option<u32> = None, "session expires", "90 s",
        None, "Session-Expires counts whole seconds, from one on",
        "The session interval (RFC 4028) that the server asks for, in whole seconds; not tested \
         where left out.";
    watchdog_time: Duration = Duration::from_secs(30), "watchdog time", "30 s",
        Some("30 s"), NEEDS_TIME,
        "Twinit: after how much silence on CH-2 the server sends a watchdog request. RFC 3539 has 30 s \
         by default and permits no less than 6 s; a server of a test bed that is set lower says so here.";
    failover_time: Duration = Duration::from_secs(5), "failover time", "5 s",
        Some("5 s"), NEEDS_TIME,
        "How long the server may take to turn to the second Charging Enabler.";
    reconnect_time: Duration = Duration::from_secs(30), "reconnect time", "30 s",
        Some("30 s"), NEEDS_TIME,
        "Tc: how long the server may take to connect again after a CH-2 connection was lost. \
         RFC 6733 section 2.1 recommends 30 s.";
    connect_time: Duration = Duration::from_secs(5), "connect time", "5 s",
        Some("5 s"), NEEDS_TIME,
        "How long to wait for the server's CH-2 connection before the run is given up.";
    settle_time: Duration = Duration::ZERO, "settle time", "0 s",
        Some("0 s"), MAY_BE_ZERO,
        "How long the server needs, once its CH-2 connection is open, until it takes sessions.";
}

/// Nothing is wrong with zero.
const MAY_BE_ZERO: &str = "";
/// Zero is wrong, and the message names the value.
const NEEDS_TIME: &str = "needs some time";

/// A value of the binding that scenarios can refer to as well.
const SERVICE_CONTEXT_ID: &str = "service-context-id";

/// The names behind `$ixit.`, with what each stands for.
pub fn ixit_names() -> impl Iterator<Item = (String, IxitKind)> {
    let values = VALUES
        .iter()
        .filter_map(|key| Some((key.name.replace(' ', "-"), kind(key.name)?)));
    values.chain([(SERVICE_CONTEXT_ID.to_owned(), IxitKind::Text)])
}

/// What `$ixit.NAME` stands for.
pub(super) fn ixit_kind(name: &str) -> Option<IxitKind> {
    let mut names = ixit_names();
    names.find(|(known, _)| known == name).map(|(_, kind)| kind)
}

impl Ixit {
    /// The value that `$ixit.NAME` stands for, where it is one of `values:` and stated.
    pub fn value(&self, name: &str) -> Option<IxitValue> {
        let mut values = self.values().into_iter();
        let (_, value) = values.find(|(known, _)| known.replace(' ', "-") == name)?;
        value
    }

    /// Whether the value of that name, as `sut.yaml` writes it, is stated or has a default.
    pub(super) fn states(&self, name: &str) -> bool {
        let mut values = self.values().into_iter();
        values.any(|(known, value)| known == name && value.is_some())
    }

    /// Whether a message of this content type is debited. Parameters and case do not matter.
    pub fn counts(&self, content_type: &str) -> bool {
        let Some(counted) = &self.counted_content_types else {
            return true;
        };
        let bare = content_type.split(';').next().unwrap_or_default().trim();
        counted.iter().any(|known| known.eq_ignore_ascii_case(bare))
    }
}

/// The type of a value.
trait Stated: Sized {
    const SHAPE: Shape;
    const KIND: IxitKind;

    fn value(&self) -> Option<IxitValue>;

    /// `zero` says what is wrong with none; empty where nothing is.
    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<Self>;
}

impl Stated for Duration {
    const SHAPE: Shape = Shape::Duration;
    const KIND: IxitKind = IxitKind::Time;

    fn value(&self) -> Option<IxitValue> {
        Some(IxitValue::Time(*self))
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<Duration> {
        let time = problems.duration(node, &format!("`{name}`"))?;
        if time.is_zero() && !zero.is_empty() {
            problems.error("out-of-range", &node.place, format!("`{name}` {zero}"));
        }
        Some(time)
    }
}

/// Whole seconds.
impl Stated for u32 {
    const SHAPE: Shape = Shape::Duration;
    const KIND: IxitKind = IxitKind::Seconds;

    fn value(&self) -> Option<IxitValue> {
        Some(IxitValue::Time(Duration::from_secs((*self).into())))
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<u32> {
        let time = problems.duration(node, &format!("`{name}`"))?;
        if time.subsec_nanos() != 0 || time.is_zero() {
            problems.error("out-of-range", &node.place, zero);
        }
        u32::try_from(time.as_secs()).ok()
    }
}

impl Stated for u64 {
    const SHAPE: Shape = Shape::Number;
    const KIND: IxitKind = IxitKind::Number;

    fn value(&self) -> Option<IxitValue> {
        Some(IxitValue::Number(*self))
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<u64> {
        let number = problems.number(node, &format!("`{name}`"), u32::MAX.into())?;
        if number == 0 && !zero.is_empty() {
            problems.error("out-of-range", &node.place, zero);
        }
        Some(number)
    }
}

/// A content type.
impl Stated for String {
    const SHAPE: Shape = Shape::Text;
    const KIND: IxitKind = IxitKind::Text;

    fn value(&self) -> Option<IxitValue> {
        Some(IxitValue::Text(self.clone()))
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, _zero: &str) -> Option<String> {
        let text = problems.text(node, &format!("`{name}`"))?;
        if text.split('/').filter(|part| !part.is_empty()).count() != 2 {
            let text = format!("`{}` is no content type", short(text));
            problems.error("not-a-content-type", &node.place, text);
            return None;
        }
        Some(text.to_owned())
    }
}

/// Content types; a scenario refers to the first of them.
impl Stated for Vec<String> {
    const SHAPE: Shape = Shape::Texts;
    const KIND: IxitKind = IxitKind::Text;

    fn value(&self) -> Option<IxitValue> {
        self.first().cloned().map(IxitValue::Text)
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<Vec<String>> {
        let items = problems.one_or_list(node).into_iter();
        let types = items.filter_map(|item| String::read(problems, item, name, zero));
        Some(types.collect())
    }
}

impl<T: Stated> Stated for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const KIND: IxitKind = T::KIND;

    fn value(&self) -> Option<IxitValue> {
        self.as_ref().and_then(Stated::value)
    }

    fn read(problems: &mut Problems, node: &Node, name: &str, zero: &str) -> Option<Option<T>> {
        T::read(problems, node, name, zero).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_is_what_the_table_says() {
        let ixit = Ixit::default();
        for (key, (name, value)) in VALUES.iter().zip(ixit.values()) {
            assert_eq!(key.name, name);
            assert_eq!(key.default.is_some(), value.is_some(), "{name}");
        }
        let mut problems = Problems::default();
        let mut read = Ixit::default();
        for key in VALUES {
            let Some(shown) = key.default else { continue };
            let source = crate::scenario::Source::new("default", shown);
            let node = crate::scenario::node::parse(&source, &mut problems).unwrap();
            read.read(key.name, &node, &mut problems);
        }
        assert_eq!((read, problems.errors()), (ixit, 0));
    }

    #[test]
    fn a_value_is_found_by_the_name_that_scenarios_write() {
        let ixit = Ixit {
            validity_time: Some(7),
            ..Ixit::default()
        };
        let seven = IxitValue::Time(Duration::from_secs(7));
        assert_eq!(ixit.value("validity-time"), Some(seven));
        assert_eq!(ixit.value("session-expires"), None);
        assert_eq!(ixit_kind("validity-time"), Some(IxitKind::Seconds));
        assert_eq!(ixit_kind("service-context-id"), Some(IxitKind::Text));
        assert_eq!(ixit_kind("validity time"), None);
    }

    #[test]
    fn what_is_counted_is_every_type_or_those_that_are_named() {
        assert!(Ixit::default().counts("application/im-iscomposing+xml"));
        let ixit = Ixit {
            counted_content_types: Some(vec!["text/plain".to_owned()]),
            ..Ixit::default()
        };
        assert!(ixit.counts("Text/Plain; charset=utf-8"));
        assert!(!ixit.counts("application/im-iscomposing+xml"));
    }
}
