//! `sut.yaml`: the server under test, as its vendor describes it.

use std::collections::BTreeMap;

use crate::ch2::{Binding, ReadingGroup, ReadingId};

use super::{Ics, Ixit, Trigger};

/// A server under test.
#[derive(Clone, Debug)]
pub struct Sut {
    /// Name and version, for the report.
    pub name: String,
    /// Where it takes SIP.
    pub sip: SipAddress,
    /// The identities it knows; each running scenario owns one pair.
    pub subscribers: Vec<Subscriber>,
    /// Where it will connect for CH-2.
    pub enabler: EnablerAddress,
    /// Where it turns to for CH-2 when that fails.
    pub second_enabler: Option<EnablerAddress>,
    /// Where it forwards sessions to; `None`: it answers by itself.
    pub far_end: Option<FarEndAddress>,
    /// How it is told to do what no message makes it do.
    pub triggers: BTreeMap<Trigger, TriggerBinding>,
    /// ICS: what it implements, beyond what the other keys imply.
    pub claims: Vec<Ics>,
    /// The readings the vendor claims; a group that is not here runs under its default.
    pub readings: BTreeMap<ReadingGroup, ReadingId>,
    /// IXIT: the values it runs with.
    pub values: Ixit,
    /// How CH-2 maps to Diameter on it.
    pub binding: Binding,
}

impl Sut {
    /// Every ICS item that holds: the claims, and what the other keys imply.
    pub fn claims_all(&self) -> Vec<Ics> {
        let mut all = self.claims.clone();
        all.extend(Ics::implied(self));
        all.sort();
        all.dedup();
        all
    }
}

/// Where the server takes SIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipAddress {
    /// `host:port`, resolved before the run.
    pub address: String,
    /// UDP or TCP.
    pub transport: Transport,
    /// The address the client binds and puts into Via, Contact and SDP.
    pub client_address: std::net::IpAddr,
}

/// The transport of a SIP leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    #[default]
    Udp,
    /// TCP.
    Tcp,
}

/// One subscriber pair: who calls and who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Public identity of the client, a `sip:` or `tel:` URI.
    pub client: String,
    /// Other identities of the client that the server may name in Subscription-Id, such as its
    /// `tel:` URI where `client` is a `sip:` one.
    pub also: Vec<String>,
    /// The identity it calls.
    pub far_end: String,
}

/// Where the harness plays the Charging Enabler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnablerAddress {
    /// Where it listens.
    pub listen: std::net::SocketAddr,
    /// Its Origin-Host.
    pub host: String,
    /// Its Origin-Realm.
    pub realm: String,
}

/// Where the harness plays the far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarEndAddress {
    /// Where it takes SIP.
    pub listen: std::net::SocketAddr,
    /// UDP or TCP.
    pub transport: Transport,
}

/// How a trigger is pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerBinding {
    /// An HTTP request. `{call-id}`, `{icid}`, `{client}` and `{far-end}` are filled in.
    Http {
        /// `POST`, `GET`, ...
        method: String,
        /// `http://host:port/path`.
        url: String,
    },
    /// A command; the same places are filled in, in each argument on its own.
    Command(Vec<String>),
    /// The operator is asked to do it.
    Prompt(String),
    /// The far end ends its leg with a BYE, which makes the server end the client's.
    FarEndBye,
    /// Nothing is done: the server ends an idle session by itself.
    Inactivity,
    /// The Charging Enabler answers the next interim with this Result-Code.
    CreditRefused(u32),
}
