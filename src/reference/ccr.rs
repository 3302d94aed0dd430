//! Credit control on the wire: CCR from a session's request.

use crate::diameter::dictionary::{CCR, CREDIT_CONTROL_APPLICATION};
use crate::diameter::{AvpKey, AvpOut, MessageBuilder, NtpTime, key};
use crate::io::Time;

use super::charged::Charged;
use super::charging::{Kind, Request};
use super::{Config, Fault, Units, UnitsAt, spoil};

/// Node-Functionality: AS (3GPP TS 32.299, transcribed).
const AS: i32 = 6;
/// Role-Of-Node: ORIGINATING_ROLE (3GPP TS 32.299, transcribed).
const ORIGINATING: i32 = 0;
/// Application-Service-Type: SENDING (OMA DDS Charging Data 6.2.4, transcribed).
const SENDING: i32 = 100;
/// Multiple-Services-Indicator: MULTIPLE_SERVICES_SUPPORTED (RFC 8506 8.40).
const MULTIPLE_SERVICES: i32 = 1;
/// Requested-Action: DIRECT_DEBITING and REFUND_ACCOUNT (RFC 8506 8.41).
const DIRECT_DEBITING: i32 = 0;
const REFUND_ACCOUNT: i32 = 1;

/// Writes a CCR; Hop-by-Hop and End-to-End Identifier are the connection's to give.
pub(super) fn request(
    config: &Config,
    charged: &Charged,
    request: &Request,
    now: Time,
) -> MessageBuilder {
    let units = units(config, request);
    let ccr = MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
        .retransmitted(config.has(Fault::TBitOnFirstSend))
        .with(key::SESSION_ID, session_id(config, charged, request))
        .with(key::ORIGIN_HOST, config.origin_host.as_str())
        .with(key::ORIGIN_REALM, config.origin_realm.as_str())
        .with(key::DESTINATION_REALM, config.destination_realm.as_str())
        .avps(
            config
                .has(Fault::NamesOwnHost)
                .then(|| AvpOut::new(key::DESTINATION_HOST, config.origin_host.as_str())),
        )
        .with(key::AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION)
        .avps(service_context(config, request))
        .with(key::CC_REQUEST_TYPE, request_type(config, request.kind))
        .with(key::CC_REQUEST_NUMBER, request.number)
        .with(key::ORIGIN_STATE_ID, state_id_of(config, request))
        .avps(timestamp(config, request, now))
        .avps(subscribers(config, charged, request))
        .avps(
            request
                .cause
                .map(|cause| AvpOut::new(key::TERMINATION_CAUSE, cause as i32)),
        )
        .avps(match request.kind {
            _ if config.has(Fault::NoRequestedAction) => None,
            Kind::DirectDebit => Some(AvpOut::new(key::REQUESTED_ACTION, DIRECT_DEBITING)),
            Kind::Refund => Some(AvpOut::new(key::REQUESTED_ACTION, REFUND_ACCOUNT)),
            _ => None,
        })
        .avps(match config.units_at {
            UnitsAt::Command => units,
            UnitsAt::Mscc => {
                let indicator = AvpOut::new(key::MULTIPLE_SERVICES_INDICATOR, MULTIPLE_SERVICES);
                let mscc = AvpOut::group(key::MULTIPLE_SERVICES_CREDIT_CONTROL, units);
                request
                    .kind
                    .is_first()
                    .then_some(indicator)
                    .into_iter()
                    .chain([mscc])
                    .collect()
            }
        })
        .avp(service_information(config, charged, request));
    spoil::encoding(config, ccr)
}

/// Origin-State-Id: the second in which the server began (RFC 6733 8.16).
pub(super) fn origin_state_id(config: &Config) -> u32 {
    u32::try_from(config.epoch).unwrap_or(u32::MAX)
}

fn state_id_of(config: &Config, request: &Request) -> u32 {
    let state_id = origin_state_id(config);
    match config.has(Fault::StateIdDecreases) {
        true => state_id.saturating_sub(request.number),
        false => state_id,
    }
}

/// Session-Id: the same for the whole session (RFC 6733 8.8).
fn session_id(config: &Config, charged: &Charged, request: &Request) -> String {
    let session_id = charged.session_id.clone();
    if config.has(Fault::NewSessionId) {
        return format!("{session_id};{}", request.number);
    }
    session_id
}

/// CC-Request-Type (RFC 8506 8.3).
fn request_type(config: &Config, kind: Kind) -> i32 {
    match kind {
        Kind::Start if config.has(Fault::StartAsUpdate) => 2,
        Kind::Start => 1,
        Kind::Interim => 2,
        Kind::Stop => 3,
        Kind::DirectDebit | Kind::Refund => 4,
    }
}

fn service_context(config: &Config, request: &Request) -> Option<AvpOut> {
    let service_context = config.service_context_id.as_str();
    let service_context = match request.kind {
        _ if config.has(Fault::NoServiceContext) => return None,
        _ if config.has(Fault::ServiceContextForm) => service_context.replace('@', ""),
        Kind::Stop if config.has(Fault::ServiceContextChanges) => format!("stop.{service_context}"),
        _ => service_context.to_owned(),
    };
    Some(AvpOut::new(key::SERVICE_CONTEXT_ID, service_context))
}

/// Event-Timestamp: when what is reported happened (RFC 8506 5.2 to 5.4), which is now.
fn timestamp(config: &Config, request: &Request, now: Time) -> Option<AvpOut> {
    let seconds = config.epoch.saturating_add(now.as_micros() / 1_000_000);
    let seconds = match config.has(Fault::TimestampDecreases) {
        true => seconds.saturating_sub(60 * u64::from(request.number)),
        false => seconds,
    };
    let timestamp = NtpTime::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX));
    (!config.has(Fault::NoTimestamp)).then(|| AvpOut::new(key::EVENT_TIMESTAMP, timestamp))
}

fn units(config: &Config, request: &Request) -> Vec<AvpOut> {
    let mut units = Vec::new();
    if request.asks {
        let event = matches!(request.kind, Kind::DirectDebit | Kind::Refund);
        let (kind, asked) = match config.units {
            Units::Octets if event => (Units::Octets, request.covers.octets),
            _ if event => (Units::Messages, request.covers.messages),
            kind => (kind, config.request),
        };
        let amount = (asked > 0).then(|| AvpOut::new(unit_key(kind), asked));
        units.push(AvpOut::group(key::REQUESTED_SERVICE_UNIT, amount));
    }
    if let Some(used) = request.used {
        let used = used
            .iter()
            .map(|(kind, units)| AvpOut::new(used_key(config, kind), units));
        units.push(AvpOut::group(key::USED_SERVICE_UNIT, used));
    }
    units
}

/// The AVP that holds units of a kind.
pub(super) fn unit_key(units: Units) -> AvpKey {
    match units {
        Units::Messages => key::CC_SERVICE_SPECIFIC_UNITS,
        Units::Octets => key::CC_TOTAL_OCTETS,
        Units::Seconds => key::CC_TIME,
    }
}

fn used_key(config: &Config, kind: Units) -> AvpKey {
    match kind {
        Units::Messages if config.has(Fault::WrongUnitKind) => key::CC_TOTAL_OCTETS,
        Units::Octets if config.has(Fault::WrongUnitKind) => key::CC_SERVICE_SPECIFIC_UNITS,
        kind => unit_key(kind),
    }
}

fn subscribers(config: &Config, charged: &Charged, request: &Request) -> Vec<AvpOut> {
    let other = || vec![(2, "sip:somebody-else@reference.example".to_owned())];
    let subscribers = match request.kind {
        _ if config.has(Fault::NoSubscriptionId) => Vec::new(),
        _ if config.has(Fault::WrongSubscriptionId) => other(),
        Kind::Interim | Kind::Stop if config.has(Fault::SubscriptionChanges) => other(),
        _ if config.has(Fault::ChargesFrom) => charged.from.iter().cloned().collect(),
        _ => charged.subscribers.clone(),
    };
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

fn service_information(config: &Config, charged: &Charged, request: &Request) -> AvpOut {
    let icid = match &charged.icid {
        Some(_) if config.has(Fault::WrongIcid) => Some("no-such-icid"),
        icid => icid.as_deref(),
    };
    let ioi = charged.orig_ioi.as_deref().map(|ioi| {
        // Inter-Operator-Identifier with Originating-IOI (3GPP TS 32.299, transcribed).
        AvpOut::group(AvpKey::tgpp(838), [AvpOut::new(AvpKey::tgpp(839), ioi)])
    });
    let call_id = match config.has(Fault::WrongUserSession) {
        true => "no-such-call",
        false => charged.call_id.as_str(),
    };
    let ims = [
        Some(AvpOut::new(key::ROLE_OF_NODE, ORIGINATING)),
        Some(AvpOut::new(key::NODE_FUNCTIONALITY, AS)),
        Some(AvpOut::new(key::USER_SESSION_ID, call_id)),
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
    let service_type = match config.has(Fault::WrongServiceType) {
        true => SENDING + 1,
        false => SENDING,
    };
    let generic = [AvpOut::new(key::APPLICATION_SERVICE_TYPE, service_type)];
    let groups = [
        Some(AvpOut::group(
            key::IMS_INFORMATION,
            ims.into_iter().flatten(),
        )),
        Some(AvpOut::group(key::SERVICE_GENERIC_INFORMATION, generic)),
        im_information(config, request),
    ];
    AvpOut::group(key::SERVICE_INFORMATION, groups.into_iter().flatten())
}

/// IM-Information: how many messages the request reports (OMA DDS Charging Data 8.5.6,
/// transcribed).
fn im_information(config: &Config, request: &Request) -> Option<AvpOut> {
    let reports = request.used.is_some() || request.kind == Kind::DirectDebit;
    if !config.im_information || !reports {
        return None;
    }
    let mut messages = request.covers.messages;
    if config.has(Fault::ImCounterWrong) {
        messages += 1;
    }
    let counters = [key::MESSAGES_SUCCESSFULLY_SENT, key::MESSAGES_SENT];
    let counters = counters.map(|counter| AvpOut::new(counter, messages));
    Some(AvpOut::group(key::IM_INFORMATION, counters))
}
