//! Where a message puts its units, and what they add up to.

use serde::Serialize;

use crate::diameter::{self, Avp, AvpKey, key};

use super::{Binding, Unit, UnitsAt};

/// Where a message puts its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// It holds none.
    Nowhere,
    /// Directly in the command.
    Command,
    /// Inside Multiple-Services-Credit-Control.
    Mscc,
    /// In both places: RFC 8506 does not say how the two add up, and here they are summed.
    Both,
}

impl Placement {
    pub(super) fn of(
        message: &diameter::Message,
        units: &[AvpKey],
        empty_counts: bool,
    ) -> Placement {
        let mut command = false;
        let mut mscc = false;
        for avp in message.avps() {
            if units.contains(&avp.key()) {
                command = true;
            } else if avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL {
                mscc |= empty_counts || avp.children().any(|child| units.contains(&child.key()));
            }
        }
        match (command, mscc) {
            (false, false) => Placement::Nowhere,
            (true, false) => Placement::Command,
            (false, true) => Placement::Mscc,
            (true, true) => Placement::Both,
        }
    }
}

/// The sum of all `group`s of a message where the binding looks for units, counted in `unit`.
pub(super) fn sum(
    message: &diameter::Message,
    binding: &Binding,
    group: AvpKey,
    unit: Unit,
) -> Option<u64> {
    let in_command = binding.units_at != UnitsAt::Mscc;
    let in_mscc = binding.units_at != UnitsAt::Command;
    let mut total = None;
    for avp in message.avps() {
        if in_command && avp.key() == group {
            add(&mut total, avp, unit);
        } else if in_mscc && avp.key() == key::MULTIPLE_SERVICES_CREDIT_CONTROL {
            for service in avp.children().filter(|child| child.key() == group) {
                add(&mut total, service, unit);
            }
        }
    }
    total
}

fn add(total: &mut Option<u64>, group: Avp<'_>, unit: Unit) {
    let read = |key: AvpKey| {
        group
            .children()
            .filter(|child| child.key() == key)
            .filter_map(|child| child.u64().ok().or_else(|| child.u32().ok().map(u64::from)))
            .reduce(u64::saturating_add)
    };
    let units = match unit {
        Unit::Messages => read(key::CC_SERVICE_SPECIFIC_UNITS),
        Unit::Seconds => read(key::CC_TIME),
        // RFC 8506 section 8.24 and 8.25 count the two directions on their own.
        Unit::Octets => read(key::CC_TOTAL_OCTETS).or_else(|| {
            let (input, output) = (read(key::CC_INPUT_OCTETS), read(key::CC_OUTPUT_OCTETS));
            match (input, output) {
                (None, None) => None,
                (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
            }
        }),
    };
    *total = Some(total.unwrap_or(0).saturating_add(units.unwrap_or(0)));
}

/// `1 message`, `12 octets`, `60 seconds`.
pub(super) fn amount(units: u64, unit: Unit) -> String {
    let name = match unit {
        Unit::Messages => "message",
        Unit::Octets => "octet",
        Unit::Seconds => "second",
    };
    let plural = if units == 1 { "" } else { "s" };
    format!("{units} {name}{plural}")
}
