//! What a peer says of itself, and how patient it is.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::diameter::builder::AvpOut;
use crate::diameter::dictionary::CREDIT_CONTROL_APPLICATION;
use crate::diameter::framer::DEFAULT_MAX_MESSAGE;
use crate::diameter::key;
use crate::diameter::message::Message;

/// A peer's identity, capabilities and timers.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// Origin-Host (RFC 6733 6.3).
    pub origin_host: String,
    /// Origin-Realm (RFC 6733 6.4).
    pub origin_realm: String,
    /// Host-IP-Address, at least one (RFC 6733 5.3.5).
    pub host_ip_addresses: Vec<IpAddr>,
    /// Vendor-Id (RFC 6733 5.3.3); 0 says that it is to be ignored.
    pub vendor_id: u32,
    /// Product-Name (RFC 6733 5.3.7).
    pub product_name: String,
    /// Firmware-Revision (RFC 6733 5.3.4).
    pub firmware_revision: Option<u32>,
    /// Origin-State-Id (RFC 6733 8.16).
    pub origin_state_id: Option<u32>,
    /// Auth-Application-Ids that are supported (RFC 6733 6.8).
    pub auth_applications: Vec<u32>,
    /// Acct-Application-Ids that are supported (RFC 6733 6.9).
    pub acct_applications: Vec<u32>,
    /// Vendor-Specific-Application-Ids that are supported (RFC 6733 6.11).
    pub vendor_applications: Vec<VendorApplication>,
    /// Supported-Vendor-Ids (RFC 6733 5.3.6).
    pub supported_vendors: Vec<u32>,
    /// Tw: how long nothing is received before a DWR is sent; `None` sends none. RFC 3539 3.4.1
    /// has 30 s by default and permits no less than 6 s.
    pub watchdog: Option<Duration>,
    /// How far each Tw is moved at random to either side; RFC 3539 3.4.1 says 2 s.
    pub watchdog_jitter: Duration,
    /// How long a CER or CEA is waited for.
    pub capabilities_timeout: Duration,
    /// How long a DPA, or the end of the transport after one, is waited for.
    pub disconnect_timeout: Duration,
    /// The longest message that is taken, in octets.
    pub max_message: usize,
    /// The most requests that may be unanswered at a time.
    pub max_pending: usize,
    /// Seed of identifiers and jitter.
    pub seed: u64,
    /// Seconds since 1970 when the run began; its low 12 bits begin the End-to-End Identifiers
    /// (RFC 6733 3).
    pub started_at: u32,
    /// What is done otherwise than the standard asks, to see what the other end makes of it.
    pub behaviour: Behaviour,
}

/// A Vendor-Specific-Application-Id (RFC 6733 6.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VendorApplication {
    /// Vendor-Id.
    pub vendor: u32,
    /// Auth-Application-Id.
    pub auth_application: u32,
}

/// Deviations of a peer that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Behaviour {
    /// Answer DWRs.
    pub answer_watchdog: bool,
    /// Answer DPRs.
    pub answer_disconnect: bool,
    /// Answer CERs; without it a connection never comes to be open.
    pub answer_capabilities: bool,
    /// Answer a CER with this Result-Code, and close, whatever it says.
    pub refuse_capabilities: Option<u32>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            answer_watchdog: true,
            answer_disconnect: true,
            answer_capabilities: true,
            refuse_capabilities: None,
        }
    }
}

impl PeerConfig {
    /// A credit-control peer with the recommended timers.
    pub fn new(origin_host: impl Into<String>, origin_realm: impl Into<String>) -> PeerConfig {
        PeerConfig {
            origin_host: origin_host.into(),
            origin_realm: origin_realm.into(),
            host_ip_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            vendor_id: 0,
            product_name: "ch2spec".to_owned(),
            firmware_revision: None,
            origin_state_id: None,
            auth_applications: vec![CREDIT_CONTROL_APPLICATION],
            acct_applications: Vec::new(),
            vendor_applications: Vec::new(),
            supported_vendors: vec![10415],
            watchdog: Some(Duration::from_secs(30)),
            watchdog_jitter: Duration::from_secs(2),
            capabilities_timeout: Duration::from_secs(10),
            disconnect_timeout: Duration::from_secs(5),
            max_message: DEFAULT_MAX_MESSAGE,
            max_pending: 65_536,
            seed: 0,
            started_at: 0,
            behaviour: Behaviour::default(),
        }
    }

    /// Origin-Host and Origin-Realm, which every message carries.
    pub fn origin(&self) -> [AvpOut; 2] {
        [
            AvpOut::new(key::ORIGIN_HOST, self.origin_host.as_str()),
            AvpOut::new(key::ORIGIN_REALM, self.origin_realm.as_str()),
        ]
    }

    /// What a CEA says to a CER. An application of ours that the CER names as a vendor's is named
    /// so as well: the Vendor-Id is of no account (RFC 6733 6.11), yet there are peers that send
    /// nothing to an application they do not find under the vendor they look for.
    pub(super) fn capabilities_for(&self, cer: &Message) -> Vec<AvpOut> {
        let mut answer = self.clone();
        for named in cer.find_all(key::VENDOR_SPECIFIC_APPLICATION_ID) {
            let number = |key| named.find(key).and_then(|avp| avp.u32().ok());
            let (Some(vendor), Some(auth_application)) =
                (number(key::VENDOR_ID), number(key::AUTH_APPLICATION_ID))
            else {
                continue;
            };
            let application = VendorApplication {
                vendor,
                auth_application,
            };
            if self.auth_applications.contains(&auth_application)
                && !answer.vendor_applications.contains(&application)
            {
                answer.vendor_applications.push(application);
            }
        }
        answer.capabilities()
    }

    /// The AVPs CER and CEA have in common, in the order of their grammar.
    pub(super) fn capabilities(&self) -> Vec<AvpOut> {
        let mut avps = Vec::from(self.origin());
        let u32s = |key, values: &[u32]| {
            values
                .iter()
                .map(|value| AvpOut::new(key, *value))
                .collect::<Vec<_>>()
        };
        avps.extend(
            self.host_ip_addresses
                .iter()
                .map(|ip| AvpOut::new(key::HOST_IP_ADDRESS, *ip)),
        );
        avps.push(AvpOut::new(key::VENDOR_ID, self.vendor_id));
        avps.push(AvpOut::new(key::PRODUCT_NAME, self.product_name.as_str()));
        avps.extend(
            self.origin_state_id
                .map(|id| AvpOut::new(key::ORIGIN_STATE_ID, id)),
        );
        avps.extend(u32s(key::SUPPORTED_VENDOR_ID, &self.supported_vendors));
        avps.extend(u32s(key::AUTH_APPLICATION_ID, &self.auth_applications));
        avps.extend(u32s(key::ACCT_APPLICATION_ID, &self.acct_applications));
        avps.extend(self.vendor_applications.iter().map(|application| {
            AvpOut::group(
                key::VENDOR_SPECIFIC_APPLICATION_ID,
                [
                    AvpOut::new(key::VENDOR_ID, application.vendor),
                    AvpOut::new(key::AUTH_APPLICATION_ID, application.auth_application),
                ],
            )
        }));
        avps.extend(
            self.firmware_revision
                .map(|n| AvpOut::new(key::FIRMWARE_REVISION, n)),
        );
        avps
    }

    /// All applications that are supported, by whichever AVP they are advertised.
    pub(super) fn applications(&self) -> Vec<u32> {
        let mut all = self.auth_applications.clone();
        all.extend(&self.acct_applications);
        all.extend(
            self.vendor_applications
                .iter()
                .map(|application| application.auth_application),
        );
        all
    }
}
