//! What the reference server is run as, and which scenarios are run against it so.

use std::sync::Arc;

use crate::ch2::{ReadingId, Unit, UnitsAt};
use crate::roles;
use crate::scenario::{Ics, Scenario};

use super::embedded;

/// Who stands behind the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topology {
    /// The harness plays the far end.
    FarEnd,
    /// Nobody: the server answers sessions itself.
    Standalone,
}

/// One way to set the reference server up. Each has servers and a campaign of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Who stands behind it.
    pub topology: Topology,
    /// The readings it keeps to; the default of a group that is not here.
    pub readings: Vec<ReadingId>,
    /// What it debits.
    pub unit: Unit,
    /// Where its units stand; in the command where it may choose.
    pub units_at: UnitsAt,
    /// ICS items that it claims beyond those that every configuration does.
    pub also: Vec<Ics>,
    /// True where it is only for scenarios that apply to none of the configurations before it.
    pub for_the_rest: bool,
}

impl Configuration {
    /// A server that debits messages in the command, for all scenarios.
    pub fn new(topology: Topology, readings: &[ReadingId]) -> Configuration {
        Configuration {
            topology,
            readings: readings.to_vec(),
            unit: Unit::Messages,
            units_at: UnitsAt::Either,
            also: Vec::new(),
            for_the_rest: false,
        }
    }

    /// What is run where nobody asks for something else: the defaults of both topologies, and what
    /// it takes to have each scenario apply somewhere.
    pub fn standard() -> Vec<Configuration> {
        let rest = |readings: &[ReadingId]| Configuration {
            for_the_rest: true,
            ..Configuration::new(Topology::FarEnd, readings)
        };
        vec![
            Configuration::new(Topology::FarEnd, &[]),
            Configuration::new(Topology::Standalone, &[]),
            rest(&[ReadingId::R3]),
            Configuration {
                unit: Unit::Octets,
                units_at: UnitsAt::Mscc,
                ..rest(&[ReadingId::R3])
            },
            Configuration {
                also: vec![
                    Ics::ChargesReceiving,
                    Ics::DeliveryCounted,
                    Ics::EarlyDialog,
                ],
                ..rest(&[])
            },
            Configuration {
                also: vec![Ics::SecondEnabler, Ics::SessionFailover],
                ..rest(&[])
            },
            Configuration {
                unit: Unit::Seconds,
                ..rest(&[ReadingId::R3])
            },
            Configuration {
                also: vec![Ics::ContinuesByDefault],
                ..rest(&[])
            },
            Configuration {
                also: vec![Ics::RetriesByDefault],
                ..rest(&[])
            },
            rest(&[ReadingId::R1]),
            rest(&[ReadingId::R4]),
            rest(&[ReadingId::R5]),
            rest(&[ReadingId::S2]),
            rest(&[ReadingId::S3]),
        ]
    }

    /// The same configurations, each for what applies to none before it: every scenario is played
    /// once.
    pub fn once(configurations: Vec<Configuration>) -> Vec<Configuration> {
        let once = |configuration| Configuration {
            for_the_rest: true,
            ..configuration
        };
        configurations.into_iter().map(once).collect()
    }

    /// How it differs from the others, in a few words: `far end, R3, octets in MSCC`.
    pub fn title(&self) -> String {
        let topology = match self.topology {
            Topology::FarEnd => "far end",
            Topology::Standalone => "standalone",
        };
        let mut title = topology.to_owned();
        for reading in &self.readings {
            title.push_str(&format!(", {reading}"));
        }
        if self.unit != Unit::Messages {
            title.push_str(&format!(", {}", self.unit.name()));
        }
        if self.units_at == UnitsAt::Mscc {
            title.push_str(" in MSCC");
        }
        for ics in &self.also {
            title.push_str(&format!(", {ics}"));
        }
        title
    }
}

/// A configuration and the scenarios that are run there, in the order they are given.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Allotment {
    pub configuration: Configuration,
    pub scenarios: Vec<Arc<Scenario>>,
}

/// Which scenarios are run where. Those for all scenarios take every one, so that the report says
/// why one does not apply; one for the rest takes what applies to none before it, and is left out
/// where there is no such scenario.
pub(in crate::cli) fn allot(
    configurations: &[Configuration],
    scenarios: &[Arc<Scenario>],
) -> Vec<Allotment> {
    let mut taken = vec![false; scenarios.len()];
    let mut allotments = Vec::new();
    for configuration in configurations {
        let sut = embedded::description(configuration);
        let mut own = Vec::new();
        for (taken, scenario) in taken.iter_mut().zip(scenarios) {
            let applies = roles::case(&sut, scenario).inapplicable().is_none();
            if !configuration.for_the_rest || (applies && !*taken) {
                own.push(Arc::clone(scenario));
            }
            *taken |= applies;
        }
        if !own.is_empty() {
            allotments.push(Allotment {
                configuration: configuration.clone(),
                scenarios: own,
            });
        }
    }
    allotments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;

    fn scenario(id: &str, more: &str) -> Arc<Scenario> {
        let text = format!(
            "ch2spec: 1\nid: {id}\ntitle: t\nclause: c\nrequirements: [MSG-1]\n{more}\nflow:\n  - \
             client sends: SIP BYE\n"
        );
        let loaded = load_text("t.yaml", text.as_bytes());
        assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
        Arc::clone(&loaded.scenarios[0])
    }

    #[test]
    fn the_rest_takes_what_applies_nowhere_else() {
        let scenarios = [
            scenario("PLAIN", ""),
            scenario("FAR", "needs: far-end"),
            scenario("QUOTA", "readings: R3"),
            scenario("EITHER", "readings: [R2, R3]"),
            scenario("OCTETS", "needs: [units-octets, multiple-services]"),
            scenario("NOWHERE", "needs: group-sessions"),
        ];
        let allotted = allot(&Configuration::standard(), &scenarios);
        let shown: Vec<(String, Vec<&str>)> = allotted
            .iter()
            .map(|a| {
                let ids = a.scenarios.iter().map(|s| s.id.as_str());
                (a.configuration.title(), ids.collect())
            })
            .collect();
        let all = ["PLAIN", "FAR", "QUOTA", "EITHER", "OCTETS", "NOWHERE"].to_vec();
        assert_eq!(
            shown,
            [
                ("far end".to_owned(), all.clone()),
                ("standalone".to_owned(), all),
                ("far end, R3".to_owned(), vec!["QUOTA"]),
                ("far end, R3, octets in MSCC".to_owned(), vec!["OCTETS"]),
            ]
        );
    }

    #[test]
    fn once_is_each_scenario_in_the_first_configuration_where_it_applies() {
        let scenarios = [
            scenario("PLAIN", ""),
            scenario("QUOTA", "readings: R3"),
            scenario("NOWHERE", "needs: group-sessions"),
        ];
        let allotted = allot(&Configuration::once(Configuration::standard()), &scenarios);
        let shown: Vec<(String, Vec<&str>)> = allotted
            .iter()
            .map(|a| {
                let ids = a.scenarios.iter().map(|s| s.id.as_str());
                (a.configuration.title(), ids.collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("far end".to_owned(), vec!["PLAIN"]),
                ("far end, R3".to_owned(), vec!["QUOTA"]),
            ]
        );
    }
}
