//! Faults in how requests are written: header bits, AVP flags, lengths and order.
//!
//! Beside the codec there is no right behaviour to stand next to: the codec writes what is right.

use bytes::Bytes;

use crate::diameter::{AvpKey, AvpOut, MessageBuilder, key};

use super::{Config, Fault};

/// What the faults of a configuration make of a request.
pub(super) fn encoding(config: &Config, ccr: MessageBuilder) -> MessageBuilder {
    let mut ccr = ccr;
    if config.has(Fault::WrongApplicationId) {
        ccr = ccr.application_id(0);
    }
    if config.has(Fault::NotProxiable) {
        ccr = ccr.proxiable(false);
    }
    if config.has(Fault::ErrorBitSet) {
        ccr = ccr.error(true);
    }
    let avps = ccr.avps_mut();
    if config.has(Fault::DuplicatedOrigin)
        && let Some(origin) = avps.iter().find(|avp| avp.key() == key::ORIGIN_HOST)
    {
        let again = origin.clone();
        avps.push(again);
    }
    if config.has(Fault::SessionIdNotFirst) && avps.len() > 1 {
        avps.swap(0, 1);
    }
    let change = |avps: &mut Vec<AvpOut>, wanted, work: &dyn Fn(AvpOut) -> AvpOut| {
        for avp in avps.iter_mut().filter(|avp| avp.key() == wanted) {
            *avp = work(avp.clone());
        }
    };
    if config.has(Fault::MandatoryBitMissing) {
        change(avps, key::CC_REQUEST_NUMBER, &|avp| avp.mandatory(false));
    }
    if config.has(Fault::VendorBitMissing) {
        // The Vendor-ID field stays: what follows the flags is read as data.
        const MANDATORY: u8 = 0x40;
        change(avps, key::SERVICE_INFORMATION, &|avp| avp.flags(MANDATORY));
    }
    if config.has(Fault::WrongLength) {
        // The last AVP, so that the others can be read.
        const TOO_LONG: u32 = 4000;
        move_to_end(avps, key::ORIGIN_STATE_ID);
        change(avps, key::ORIGIN_STATE_ID, &|avp| avp.length(TOO_LONG));
    }
    if config.has(Fault::WrongPadding) {
        // Too few octets, or too many, and as many at the end as make the message's length right:
        // what follows the AVP does not begin where it should. That is one optional AVP.
        const ZEROS: [u8; 2] = [0; 2];
        let (padding, rest) = match 4 - config.destination_realm.len() % 4 {
            4 => (&ZEROS[..], 2),
            missing => (&ZEROS[..0], missing),
        };
        move_to_end(avps, key::DESTINATION_REALM);
        move_to_end(avps, key::ORIGIN_STATE_ID);
        change(avps, key::DESTINATION_REALM, &|avp| {
            avp.padding(Bytes::copy_from_slice(padding))
        });
        ccr = ccr.tail(vec![0; rest]);
    }
    ccr
}

fn move_to_end(avps: &mut Vec<AvpOut>, key: AvpKey) {
    if let Some(at) = avps.iter().position(|avp| avp.key() == key) {
        let avp = avps.remove(at);
        avps.push(avp);
    }
}
