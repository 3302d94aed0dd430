//! Credit control on the wire: CCR from a session's request, the session's answer from a CCA.

use std::time::Duration;

use crate::diameter::dictionary::{CCR, CREDIT_CONTROL_APPLICATION};
use crate::diameter::{Avp, AvpKey, AvpOut, FaultKind, Message, MessageBuilder, NtpTime, key};
use crate::io::Time;
use crate::sip;

use super::charging::{Answer, Grant, Kind, Request};
use super::{Config, FailureHandling, Fault, Units, UnitsAt};

/// Node-Functionality: AS (3GPP TS 32.299, transcribed).
const AS: i32 = 6;
/// Role-Of-Node: ORIGINATING_ROLE (3GPP TS 32.299, transcribed).
const ORIGINATING: i32 = 0;
/// Application-Service-Type: SENDING (OMA DDS Charging Data 6.2.4, transcribed).
const SENDING: i32 = 100;
/// Multiple-Services-Indicator: MULTIPLE_SERVICES_SUPPORTED (RFC 8506 8.40).
const MULTIPLE_SERVICES: i32 = 1;
/// DIAMETER_AVP_UNSUPPORTED (RFC 6733 7.1.5): what an answer with an unknown mandatory AVP is.
const AVP_UNSUPPORTED: u32 = 5001;
/// DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5): what an answer without Result-Code counts as.
const UNABLE_TO_COMPLY: u32 = 5012;

/// Who is charged, and for what: what the requests of one session have in common.
#[derive(Clone, Debug)]
pub(super) struct Charged {
    /// Session-Id.
    pub session_id: String,
    /// Subscription-Id-Type and -Data, one for each asserted identity.
    pub subscribers: Vec<(i32, String)>,
    /// The icid-value of the client's P-Charging-Vector.
    pub icid: Option<String>,
    /// Originating-IOI of the same.
    pub orig_ioi: Option<String>,
    /// The SIP Call-ID of the client's dialog.
    pub call_id: String,
    /// The asserted identity, or the From where none is asserted.
    pub calling: String,
    /// The Request-URI.
    pub called: String,
}

impl Charged {
    /// Reads the client's INVITE.
    pub(super) fn of(invite: &sip::Message, session_id: String) -> Charged {
        let mut identities: Vec<String> = invite
            .p_asserted_identities()
            .filter_map(|identity| Some(identity.ok()?.uri.as_str().to_owned()))
            .take(2)
            .collect();
        if identities.is_empty() {
            identities.extend(invite.from().ok().map(|from| from.uri.as_str().to_owned()));
        }
        let vector = invite.p_charging_vector().ok();
        Charged {
            session_id,
            calling: identities.first().cloned().unwrap_or_default(),
            subscribers: identities.iter().map(|uri| subscription(uri)).collect(),
            icid: vector.map(|vector| vector.icid_value().into_owned()),
            orig_ioi: vector.and_then(|vector| Some(vector.orig_ioi()?.into_owned())),
            call_id: invite.call_id().unwrap_or_default().to_owned(),
            called: invite
                .request_uri()
                .map(|uri| uri.as_str().to_owned())
                .unwrap_or_default(),
        }
    }
}

/// Subscription-Id-Type and -Data of an identity (RFC 8506 8.47, 8.48): END_USER_E164 for a global
/// number, END_USER_SIP_URI for all else.
fn subscription(uri: &str) -> (i32, String) {
    let number = uri
        .strip_prefix("tel:+")
        .and_then(|rest| rest.split(';').next());
    match number {
        Some(number) => (0, number.replace(['-', '.', '(', ')'], "")),
        None => (2, uri.to_owned()),
    }
}

/// Writes a CCR; Hop-by-Hop and End-to-End Identifier are the connection's to give.
pub(super) fn request(
    config: &Config,
    charged: &Charged,
    request: &Request,
    now: Time,
) -> MessageBuilder {
    let (cc_request_type, is_start) = match request.kind {
        Kind::Start => (1, true),
        Kind::Interim => (2, false),
        Kind::Stop => (3, false),
    };
    let mut session_id = charged.session_id.clone();
    if config.has(Fault::NewSessionId) {
        session_id = format!("{session_id};{}", request.number);
    }
    let seconds = config.epoch.saturating_add(now.as_micros() / 1_000_000);
    let timestamp = NtpTime::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX));
    let service_context = (!config.has(Fault::NoServiceContext))
        .then(|| AvpOut::new(key::SERVICE_CONTEXT_ID, config.service_context_id.as_str()));
    let units = units(config, request);
    MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
        .retransmitted(config.has(Fault::TBitOnFirstSend))
        .with(key::SESSION_ID, session_id.as_str())
        .with(key::ORIGIN_HOST, config.origin_host.as_str())
        .with(key::ORIGIN_REALM, config.origin_realm.as_str())
        .with(key::DESTINATION_REALM, config.destination_realm.as_str())
        .with(key::AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION)
        .avps(service_context)
        .with(key::CC_REQUEST_TYPE, cc_request_type)
        .with(key::CC_REQUEST_NUMBER, request.number)
        .with(key::ORIGIN_STATE_ID, origin_state_id(config))
        .with(key::EVENT_TIMESTAMP, timestamp)
        .avps(subscribers(config, charged))
        .avps(
            request
                .cause
                .map(|cause| AvpOut::new(key::TERMINATION_CAUSE, cause as i32)),
        )
        .avps(match config.units_at {
            UnitsAt::Command => units,
            UnitsAt::Mscc => {
                let indicator = AvpOut::new(key::MULTIPLE_SERVICES_INDICATOR, MULTIPLE_SERVICES);
                let mscc = AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, units);
                is_start
                    .then_some(indicator)
                    .into_iter()
                    .chain([mscc])
                    .collect()
            }
        })
        .avp(service_information(config, charged))
}

/// Origin-State-Id: the second in which the server began (RFC 6733 8.16).
pub(super) fn origin_state_id(config: &Config) -> u32 {
    u32::try_from(config.epoch).unwrap_or(u32::MAX)
}

fn units(config: &Config, request: &Request) -> Vec<AvpOut> {
    let kind = unit_key(config.units);
    let mut units = Vec::new();
    if request.asks {
        let amount = (config.request > 0).then(|| AvpOut::new(kind, config.request));
        units.push(AvpOut::group(key::REQUESTED_SERVICE_UNIT, amount));
    }
    if let Some(used) = request.used {
        units.push(AvpOut::group(
            key::USED_SERVICE_UNIT,
            [AvpOut::new(kind, used)],
        ));
    }
    units
}

fn unit_key(units: Units) -> AvpKey {
    match units {
        Units::Messages => key::CC_SERVICE_SPECIFIC_UNITS,
        Units::Octets => key::CC_TOTAL_OCTETS,
    }
}

fn subscribers(config: &Config, charged: &Charged) -> Vec<AvpOut> {
    let wrong = config
        .has(Fault::WrongSubscriptionId)
        .then(|| vec![(2, "sip:somebody-else@reference.example".to_owned())]);
    let subscribers = wrong.as_ref().unwrap_or(&charged.subscribers);
    let avps = subscribers.iter().map(|(kind, data)| {
        AvpOut::group(
            key::SUBSCRIPTION_ID,
            [
                AvpOut::new(key::SUBSCRIPTION_ID_TYPE, *kind),
                AvpOut::new(key::SUBSCRIPTION_ID_DATA, data.as_str()),
            ],
        )
    });
    avps.collect()
}

fn service_information(config: &Config, charged: &Charged) -> AvpOut {
    let icid = match &charged.icid {
        Some(_) if config.has(Fault::WrongIcid) => Some("no-such-icid"),
        icid => icid.as_deref(),
    };
    let ioi = charged.orig_ioi.as_deref().map(|ioi| {
        // Inter-Operator-Identifier with Originating-IOI (3GPP TS 32.299, transcribed).
        AvpOut::group(AvpKey::tgpp(838), [AvpOut::new(AvpKey::tgpp(839), ioi)])
    });
    let ims = [
        Some(AvpOut::new(key::ROLE_OF_NODE, ORIGINATING)),
        Some(AvpOut::new(key::NODE_FUNCTIONALITY, AS)),
        Some(AvpOut::new(key::USER_SESSION_ID, charged.call_id.as_str())),
        Some(AvpOut::new(
            key::CALLING_PARTY_ADDRESS,
            charged.calling.as_str(),
        )),
        Some(AvpOut::new(
            key::CALLED_PARTY_ADDRESS,
            charged.called.as_str(),
        )),
        ioi,
        icid.map(|icid| AvpOut::new(key::IMS_CHARGING_IDENTIFIER, icid)),
    ];
    let generic = [AvpOut::new(key::APPLICATION_SERVICE_TYPE, SENDING)];
    AvpOut::group(
        key::SERVICE_INFORMATION,
        [
            AvpOut::group(key::IMS_INFORMATION, ims.into_iter().flatten()),
            AvpOut::group(key::SERVICE_GENERIC_INFORMATION, generic),
        ],
    )
}

/// Reads a CCA.
pub(super) fn answer(config: &Config, cca: &Message) -> Answer {
    let mscc = cca.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL);
    // What concerns the one service of the session may stand in the command or in the group.
    let find = |key: AvpKey| cca.find(key).or_else(|| mscc?.find(key));
    let number = |key: AvpKey| find(key).and_then(|avp| avp.u32().ok());
    let command = cca.result_code().unwrap_or(UNABLE_TO_COMPLY);
    let of_service = mscc.and_then(|mscc| mscc.find(key::RESULT_CODE)?.u32().ok());
    let unknown = cca
        .faults()
        .iter()
        .any(|fault| fault.kind == FaultKind::UnknownMandatory);
    let result = match (command / 1000, of_service) {
        (2, _) if unknown => AVP_UNSUPPORTED,
        (2, Some(of_service)) => of_service,
        _ => command,
    };
    Answer {
        result,
        grant: grant(config, find(key::GRANTED_SERVICE_UNIT)),
        final_unit: find(key::FINAL_UNIT_INDICATION).is_some(),
        validity: number(key::VALIDITY_TIME).map(|seconds| Duration::from_secs(seconds.into())),
        failure_handling: number(key::CREDIT_CONTROL_FAILURE_HANDLING)
            .and_then(FailureHandling::of),
    }
}

fn grant(config: &Config, granted: Option<Avp<'_>>) -> Grant {
    let Some(granted) = granted else {
        return Grant::Unlimited;
    };
    let wanted = granted
        .find(unit_key(config.units))
        .and_then(|units| units.u64().ok());
    match wanted {
        Some(units) => Grant::Units(units),
        None if granted.children().next().is_none() => Grant::Unlimited,
        None => Grant::UnknownKind,
    }
}
