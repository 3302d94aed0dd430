//! Amounts of units, by kind.

use crate::reference::Units;

/// So many units of each kind that is spoken of. Where nothing is said of a kind, it is neither
/// granted nor reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    pub messages: Option<u64>,
    pub octets: Option<u64>,
    pub seconds: Option<u64>,
}

impl Measures {
    /// So many units of one kind.
    pub fn of(kind: Units, units: u64) -> Measures {
        let mut measures = Measures::default();
        measures.set(kind, units);
        measures
    }

    pub fn get(&self, kind: Units) -> Option<u64> {
        match kind {
            Units::Messages => self.messages,
            Units::Octets => self.octets,
            Units::Seconds => self.seconds,
        }
    }

    pub fn set(&mut self, kind: Units, units: u64) {
        let field = match kind {
            Units::Messages => &mut self.messages,
            Units::Octets => &mut self.octets,
            Units::Seconds => &mut self.seconds,
        };
        *field = Some(units);
    }

    /// The kinds that are spoken of, with their amounts.
    pub fn iter(self) -> impl Iterator<Item = (Units, u64)> {
        Units::ALL
            .into_iter()
            .filter_map(move |kind| Some((kind, self.get(kind)?)))
    }

    /// True where nothing is said of any kind.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

/// What a message, or several, amount to. Time is not theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub messages: u64,
    pub octets: u64,
}

impl Amount {
    /// One message with so many octets of body.
    pub fn message(octets: u64) -> Amount {
        Amount {
            messages: 1,
            octets,
        }
    }

    pub fn is_none(self) -> bool {
        self == Amount::default()
    }

    pub fn plus(self, other: Amount) -> Amount {
        Amount {
            messages: self.messages.saturating_add(other.messages),
            octets: self.octets.saturating_add(other.octets),
        }
    }

    /// What is left where `other` is taken away, none where that is more.
    pub fn minus(self, other: Amount) -> Amount {
        Amount {
            messages: self.messages.saturating_sub(other.messages),
            octets: self.octets.saturating_sub(other.octets),
        }
    }

    /// The smaller of the two, kind by kind.
    pub fn at_most(self, other: Amount) -> Amount {
        Amount {
            messages: self.messages.min(other.messages),
            octets: self.octets.min(other.octets),
        }
    }
}
