//! What holds for all messages.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::samples::CCR_OCTETS;
use crate::diameter::{
    Avp, AvpKey, AvpOut, AvpValue, Dictionary, Framer, Message, MessageBuilder, NtpTime, grammar,
};

/// Reads everything there is to read.
fn read_all(message: &Message) {
    let length = message.raw().len();
    for avp in message.walk() {
        let (whole, data) = (avp.range(), avp.data_range());
        assert!(
            whole.start <= data.start && data.start <= data.end,
            "{whole:?} {data:?}"
        );
        assert!(
            data.end <= whole.end && whole.end <= length,
            "{whole:?} {data:?}"
        );
        assert_eq!(avp.data(), &message.raw()[data]);
        for child in avp.children() {
            assert!(avp.range().start <= child.range().start);
            assert!(child.range().end <= avp.range().end);
            assert_eq!(child.depth(), avp.depth() + 1);
        }
        let _ = (avp.u32(), avp.u64(), avp.i32(), avp.i64(), avp.integer());
        let _ = (
            avp.utf8(),
            avp.identity(),
            avp.time(),
            avp.address(),
            avp.symbol(),
        );
        let _ = (format!("{avp:?}"), avp.bytes());
    }
    for fault in message
        .faults()
        .iter()
        .chain(&grammar::check(message, message.dictionary()))
    {
        assert!(
            fault.bytes.start <= fault.bytes.end && fault.bytes.end <= length,
            "{fault:?}"
        );
        assert!(fault.result_code() > 3000, "{fault:?}");
    }
    for field in message.fields(Dictionary::default()) {
        assert!(field.bytes.end <= length);
    }
    // The top level covers the body without gap or overlap, as far as headers could be read.
    let mut at = 20;
    for avp in message.avps() {
        assert_eq!(avp.range().start, at);
        at = avp.range().end;
    }
    assert!(at <= length.max(20) && length.saturating_sub(at) < 8);
    let _ = format!("{message:?}");
}

/// A value and the dictionary's AVPs it goes with.
fn leaf() -> impl Strategy<Value = AvpOut> {
    let key = |codes: &'static [u32]| proptest::sample::select(codes).prop_map(AvpKey::base);
    prop_oneof![
        (key(&[258, 415, 420, 432]), any::<u32>()).prop_map(|(key, n)| AvpOut::new(key, n)),
        (key(&[412, 417, 421]), any::<u64>()).prop_map(|(key, n)| AvpOut::new(key, n)),
        (Just(AvpKey::base(447)), any::<i64>()).prop_map(|(key, n)| AvpOut::new(key, n)),
        (key(&[1, 263, 444, 461]), "\\PC{0,24}").prop_map(|(key, text)| AvpOut::new(key, text)),
        (key(&[264, 296]), "[a-z0-9.-]{1,24}").prop_map(|(key, text)| AvpOut::new(key, text)),
        (key(&[25, 33, 411]), vec(any::<u8>(), 0..24))
            .prop_map(|(key, octets)| AvpOut::new(key, octets)),
        (Just(AvpKey::base(55)), any::<u32>()).prop_map(|(key, n)| AvpOut::new(key, NtpTime(n))),
        (Just(AvpKey::base(257)), any::<std::net::IpAddr>())
            .prop_map(|(key, ip)| AvpOut::new(key, ip)),
        (1_u32.., 1_u32.., vec(any::<u8>(), 0..24)).prop_map(|(code, vendor, octets)| {
            // No vendor of ours.
            AvpOut::new(AvpKey::of(code, vendor | 1 << 31), octets)
        }),
    ]
}

fn avp() -> impl Strategy<Value = AvpOut> {
    leaf().prop_recursive(4, 32, 6, |inner| {
        (
            proptest::sample::select(&[279_u32, 431, 437, 446, 456][..]),
            vec(inner, 0..6),
        )
            .prop_map(|(code, avps)| AvpOut::group(AvpKey::base(code), avps))
    })
}

/// What was sent and what was read are the same, down to every value.
fn same(sent: &[AvpOut], read: &[Avp<'_>]) {
    assert_eq!(sent.len(), read.len());
    for (out, avp) in sent.iter().zip(read) {
        assert_eq!(out.key(), avp.key());
        assert_eq!(&out.to_bytes()[..], avp.bytes());
        match out.value() {
            AvpValue::Unsigned32(n) => assert_eq!(avp.u32().as_ref(), Ok(n)),
            AvpValue::Unsigned64(n) => assert_eq!(avp.u64().as_ref(), Ok(n)),
            AvpValue::Integer32(n) => assert_eq!(avp.i32().as_ref(), Ok(n)),
            AvpValue::Integer64(n) => assert_eq!(avp.i64().as_ref(), Ok(n)),
            AvpValue::Text(text) => assert_eq!(avp.utf8(), Ok(text.as_str())),
            AvpValue::Octets(octets) => assert_eq!(avp.data(), octets),
            AvpValue::Address(ip) => assert_eq!(avp.address().as_ref(), Ok(ip)),
            AvpValue::Time(time) => assert_eq!(avp.time().as_ref(), Ok(time)),
            AvpValue::Group(avps) => same(avps, &avp.children().collect::<Vec<_>>()),
        }
    }
}

proptest! {
    #[test]
    fn any_octets_can_be_read(octets in vec(any::<u8>(), 0..512)) {
        for dictionary in Dictionary::profiles() {
            let message = Message::decode_with(Bytes::from(octets.clone()), dictionary);
            prop_assert_eq!(&message.raw()[..], &octets[..]);
            read_all(&message);
        }
    }

    #[test]
    fn a_damaged_message_can_be_read(
        changes in vec((0..CCR_OCTETS.len(), any::<u8>()), 0..8),
        length in 0..=CCR_OCTETS.len(),
    ) {
        let mut octets = CCR_OCTETS.to_vec();
        for (at, octet) in changes {
            octets[at] = octet;
        }
        octets.truncate(length);
        read_all(&Message::decode(Bytes::from(octets)));
    }

    #[test]
    fn what_is_built_is_what_is_read(
        avps in vec(avp(), 0..8),
        code in 0_u32..1 << 24,
        application in any::<u32>(),
        hop_by_hop in any::<u32>(),
        end_to_end in any::<u32>(),
    ) {
        let built = MessageBuilder::request(code, application)
            .hop_by_hop(hop_by_hop)
            .end_to_end(end_to_end)
            .avps(avps.clone());
        let message = Message::decode(built.build());
        prop_assert_eq!(message.faults(), &[]);
        prop_assert_eq!(message.command_code(), code);
        prop_assert_eq!(message.application_id(), application);
        prop_assert_eq!(message.hop_by_hop(), hop_by_hop);
        prop_assert_eq!(message.end_to_end(), end_to_end);
        prop_assert!(message.is_request());
        same(&avps, &message.avps().collect::<Vec<_>>());
        read_all(&message);
        // And once more from what was read.
        let copied = MessageBuilder::request(code, application)
            .hop_by_hop(hop_by_hop)
            .end_to_end(end_to_end)
            .avps(message.avps().map(AvpOut::copy_of));
        prop_assert_eq!(&copied.build(), message.raw());
    }

    #[test]
    fn streams_are_cut_the_same_wherever_they_were_split(
        bodies in vec(vec(any::<u32>(), 0..12), 1..6),
        cuts in vec(1_usize..40, 1..40),
    ) {
        let messages: Vec<Bytes> = bodies
            .iter()
            .map(|words| {
                let tail: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
                MessageBuilder::request(272, 4).tail(tail).build()
            })
            .collect();
        let stream = messages.concat();
        let mut framer = Framer::default();
        let mut found = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            let (part, later) = rest.split_at((*cut).min(rest.len()));
            framer.push(part);
            while let Some(message) = framer.next_message().expect("whole") {
                found.push(message);
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, messages);
    }

    #[test]
    fn any_stream_can_be_cut(parts in vec(vec(any::<u8>(), 0..64), 0..16)) {
        let mut framer = Framer::new(4096);
        for part in parts {
            framer.push(&part);
            while let Ok(Some(message)) = framer.next_message() {
                prop_assert!(message.len() >= 20 && message.len() <= 4096);
            }
        }
    }

    #[test]
    fn times_read_back(seconds in any::<u32>()) {
        let time = NtpTime(seconds);
        prop_assert_eq!(NtpTime::parse(&time.to_string()), Some(time));
        prop_assert_eq!(NtpTime::from_unix(time.unix()), time);
    }
}
