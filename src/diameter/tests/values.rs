//! Values as people write them.

use crate::diameter::{AvpOut, AvpValue, Dictionary, NtpTime, ValueError};

fn read(avp: &str, text: &str) -> Result<AvpValue, ValueError> {
    AvpValue::from_text(Dictionary::default().avp_by_name(avp).expect(avp), text)
}

#[test]
fn text_becomes_the_type_of_the_avp() {
    let cases = [
        ("CC-Request-Type", "UPDATE_REQUEST", AvpValue::Integer32(2)),
        (
            "Result-Code",
            "DIAMETER_CREDIT_LIMIT_REACHED",
            AvpValue::Unsigned32(4012),
        ),
        ("Result-Code", "4012", AvpValue::Unsigned32(4012)),
        (
            "CC-Total-Octets",
            "18446744073709551615",
            AvpValue::Unsigned64(u64::MAX),
        ),
        ("Exponent", "-2", AvpValue::Integer32(-2)),
        ("Session-Id", "a;1;2", AvpValue::Text("a;1;2".to_owned())),
        ("Class", "0x00ff", AvpValue::Octets(vec![0x00, 0xff].into())),
        ("Class", "plain", AvpValue::Octets("plain".into())),
        (
            "Host-IP-Address",
            "::1",
            AvpValue::Address("::1".parse().expect("v6")),
        ),
        (
            "Event-Timestamp",
            "1970-01-01T00:00:00Z",
            AvpValue::Time(NtpTime(2_208_988_800)),
        ),
        ("Event-Timestamp", "5", AvpValue::Time(NtpTime(5))),
    ];
    for (avp, text, value) in cases {
        assert_eq!(read(avp, text), Ok(value), "{avp} {text}");
    }
}

#[test]
fn text_that_does_not_fit_is_refused() {
    let refused = [
        (
            "CC-Request-Type",
            "UPDATE",
            "CC-Request-Type has no value \"UPDATE\"",
        ),
        (
            "CC-Request-Number",
            "-1",
            "-1 is out of range for CC-Request-Number, which is Unsigned32",
        ),
        (
            "CC-Request-Number",
            "x",
            "CC-Request-Number is Unsigned32, which \"x\" is not",
        ),
        ("Class", "0xf", "Class is OctetString, which \"0xf\" is not"),
        (
            "Class",
            "0x+1",
            "Class is OctetString, which \"0x+1\" is not",
        ),
        (
            "Origin-Host",
            "a b",
            "Origin-Host is DiameterIdentity, which \"a b\" is not",
        ),
        (
            "Event-Timestamp",
            "2026-02-30T00:00:00Z",
            "Event-Timestamp is Time, which \"2026-02-30T00:00:00Z\" is not",
        ),
        (
            "Used-Service-Unit",
            "1",
            "Used-Service-Unit is Grouped, which \"1\" is not",
        ),
        (
            "Host-IP-Address",
            "localhost",
            "Host-IP-Address is Address, which \"localhost\" is not",
        ),
    ];
    for (avp, text, message) in refused {
        assert_eq!(read(avp, text).expect_err(avp).to_string(), message);
    }
}

#[test]
fn integers_take_the_width_of_the_avp() {
    let units = Dictionary::default()
        .avp_by_name("CC-Service-Specific-Units")
        .expect("units");
    let avp = AvpOut::checked(units, 3_u32).expect("fits");
    assert_eq!(avp.value(), &AvpValue::Unsigned64(3));
    assert_eq!(avp.to_bytes().len(), 16);
    let time = Dictionary::default().avp_by_name("CC-Time").expect("time");
    assert!(AvpOut::checked(time, u64::MAX).is_err());
    assert!(AvpOut::checked(time, "3").is_err());
}

#[test]
fn times_span_the_overflow_of_2036() {
    // RFC 6733 4.3.1: the value overflows on 6h 28m 16s UTC, 7 February 2036.
    assert_eq!(NtpTime(0).to_string(), "2036-02-07T06:28:16Z");
    assert_eq!(NtpTime(u32::MAX).to_string(), "2036-02-07T06:28:15Z");
    assert_eq!(NtpTime(1 << 31).to_string(), "1968-01-20T03:14:08Z");
    assert_eq!(NtpTime::from_unix(0).0, 2_208_988_800);
    for text in [
        "1970-01-01T00:00:00Z",
        "2000-02-29T23:59:59Z",
        "2036-02-07T06:28:16Z",
    ] {
        assert_eq!(NtpTime::parse(text).expect(text).to_string(), text);
    }
    for text in [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-1-01T00:00:60Z",
        "x-1-1T0:0:0Z",
    ] {
        assert_eq!(NtpTime::parse(text), None, "{text}");
    }
}
