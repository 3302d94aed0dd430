//! Bytes to a flat tree of AVPs, with everything wrong noted on the way.

use super::avp::{AvpKey, FLAG_MANDATORY, FLAG_VENDOR, FLAGS_RESERVED, is_identity};
use super::dictionary::{AvpDef, AvpType, Certainty, Dictionary, MandatoryRule};
use super::fault::{Fault, FaultKind, Severity};
use super::message::{HEADER_LENGTH, HeaderFlags, Node};

/// Levels of groups that are followed. The deepest nesting of RFC 8506 and TS 32.299 has 5.
pub(super) const MAX_DEPTH: usize = 16;

/// Faults that are kept of one message.
const MAX_FAULTS: usize = 256;

pub(super) struct Decoded {
    pub nodes: Vec<Node>,
    pub faults: Vec<Fault>,
    pub faults_left_off: usize,
}

/// Takes bytes apart. Never panics, reads nothing outside of `raw`, and takes memory in proportion
/// to the bytes that are there.
pub(super) fn decode(raw: &[u8], dictionary: &'static Dictionary) -> Decoded {
    let mut decoder = Decoder {
        raw,
        dictionary,
        // An AVP of a charging message takes some 20 octets; a guess too low costs one more
        // allocation and no more.
        nodes: Vec::with_capacity((raw.len() / 18).min(1024)),
        faults: Vec::new(),
        faults_left_off: 0,
    };
    decoder.header();
    decoder.avps();
    Decoded {
        nodes: decoder.nodes,
        faults: decoder.faults,
        faults_left_off: decoder.faults_left_off,
    }
}

struct Decoder<'a> {
    raw: &'a [u8],
    dictionary: &'static Dictionary,
    nodes: Vec<Node>,
    faults: Vec<Fault>,
    faults_left_off: usize,
}

/// A group whose end has not been reached yet.
#[derive(Clone, Copy, Default)]
struct Open {
    node: usize,
    end: usize,
}

impl Decoder<'_> {
    fn header(&mut self) {
        let raw = self.raw;
        let Some(header) = raw.first_chunk::<HEADER_LENGTH>() else {
            self.fault(
                FaultKind::HeaderTruncated { actual: raw.len() },
                0..raw.len(),
            );
            return;
        };
        if header[0] != 1 {
            self.fault(FaultKind::Version(header[0]), 0..1);
        }
        let length = u32::from_be_bytes([0, header[1], header[2], header[3]]);
        if length as usize != raw.len() {
            let kind = FaultKind::MessageLength {
                announced: length,
                actual: raw.len(),
            };
            self.fault(kind, 1..4);
        }
        if !length.is_multiple_of(4) {
            self.fault(FaultKind::MessageLengthUnaligned(length), 1..4);
        }
        let flags = HeaderFlags(header[4]);
        if flags.reserved() != 0 {
            self.fault(FaultKind::ReservedHeaderBits(flags.reserved()), 4..5);
        }
        if flags.request() && flags.error() {
            self.fault(FaultKind::ErrorBitInRequest, 4..5);
        }
        if !flags.request() && flags.retransmitted() {
            self.fault(FaultKind::RetransmitBitInAnswer, 4..5);
        }
    }

    /// Follows the AVPs without recursion: `open` holds the groups around the current place.
    fn avps(&mut self) {
        let mut open = [Open::default(); MAX_DEPTH];
        let mut depth = 0;
        let mut at = HEADER_LENGTH;
        loop {
            let end = if depth == 0 {
                self.raw.len()
            } else {
                open[depth - 1].end
            };
            if at >= end {
                if depth == 0 {
                    return;
                }
                depth -= 1;
                let group = open[depth].node;
                self.close(group);
                at = self.nodes[group].end as usize;
                continue;
            }
            let Some(index) = self.avp(at, end, depth) else {
                at = end;
                continue;
            };
            let node = self.nodes[index];
            at = node.end as usize;
            if node.def.is_some_and(|def| def.kind == AvpType::Grouped) && node.data < node.data_end
            {
                if depth < MAX_DEPTH {
                    open[depth] = Open {
                        node: index,
                        end: node.data_end as usize,
                    };
                    depth += 1;
                    at = node.data as usize;
                } else {
                    let range = node.data as usize..node.data_end as usize;
                    self.push(
                        FaultKind::TooDeep { limit: MAX_DEPTH },
                        Severity::Note,
                        range,
                        Some(node.key()),
                    );
                }
            }
        }
    }

    /// Notes that the descendants of a group end here.
    fn close(&mut self, group: usize) {
        self.nodes[group].next = narrow(self.nodes.len());
    }

    /// Takes one AVP at `at`, in a parent that ends at `end`. `None` where not even a header
    /// stands there.
    fn avp(&mut self, at: usize, end: usize, depth: usize) -> Option<usize> {
        let bytes = self.raw.get(at..end)?;
        let Some(header) = bytes.first_chunk::<8>() else {
            self.fault(FaultKind::AvpHeaderTruncated { left: bytes.len() }, at..end);
            return None;
        };
        let code = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        let flags = header[4];
        let length = u32::from_be_bytes([0, header[5], header[6], header[7]]);
        let has_vendor = flags & FLAG_VENDOR != 0;
        let header_length = if has_vendor { 12 } else { 8 };
        let vendor_field = match bytes.get(8..12).and_then(<[u8]>::first_chunk::<4>) {
            Some(octets) if has_vendor => Some(u32::from_be_bytes(*octets)),
            _ => None,
        };
        let vendor = vendor_field.unwrap_or(0);
        let key = AvpKey {
            code,
            vendor: (vendor != 0).then_some(vendor),
        };
        // A length that is too short leaves no way to find the next AVP, and so does one that is
        // too long: the AVP then takes all that is left of its parent, as raw bytes.
        let stated = length as usize;
        let (data, data_end, next) = if stated < header_length {
            self.push(
                FaultKind::AvpLengthTooShort(length),
                Severity::Must,
                at + 5..at + 8,
                Some(key),
            );
            ((at + header_length).min(end), end, end)
        } else if stated > bytes.len() {
            let kind = FaultKind::AvpOverrun {
                length,
                available: bytes.len(),
            };
            self.push(kind, Severity::Must, at + 5..at + 8, Some(key));
            ((at + header_length).min(end), end, end)
        } else {
            let padded = stated.next_multiple_of(4);
            (
                at + header_length,
                at + stated,
                at + padded.min(bytes.len()),
            )
        };
        let sound = stated >= header_length && stated <= bytes.len();
        let index = self.nodes.len();
        let def = self.dictionary.avp(key);
        self.nodes.push(Node {
            code,
            vendor,
            length,
            start: narrow(at),
            data: narrow(data),
            data_end: narrow(data_end),
            end: narrow(next),
            next: narrow(index + 1),
            flags,
            depth: depth as u8,
            def: if sound {
                def
            } else {
                def.filter(|def| def.kind != AvpType::Grouped)
            },
        });
        self.flags(at, key, flags, vendor_field == Some(0), def);
        if sound {
            let wanted = at + stated.next_multiple_of(4);
            if wanted > next {
                let kind = FaultKind::PaddingMissing {
                    missing: wanted - next,
                };
                self.push(kind, Severity::Must, at..next, Some(key));
            }
            self.padding(data_end, next, key);
            if let Some(def) = def {
                self.value(data, data_end, def);
            }
        }
        Some(index)
    }

    fn flags(
        &mut self,
        at: usize,
        key: AvpKey,
        flags: u8,
        vendor_zero: bool,
        def: Option<&'static AvpDef>,
    ) {
        let range = at + 4..at + 5;
        if flags & FLAGS_RESERVED != 0 {
            let kind = FaultKind::ReservedAvpBits(flags & FLAGS_RESERVED);
            self.push(kind, Severity::Must, range.clone(), Some(key));
        }
        if vendor_zero {
            self.push(
                FaultKind::VendorIdZero,
                Severity::Must,
                at + 8..at + 12,
                Some(key),
            );
        }
        let mandatory = flags & FLAG_MANDATORY != 0;
        match def {
            Some(def) => match def.mandatory {
                MandatoryRule::Must if !mandatory => {
                    self.defined(FaultKind::MandatoryBitMissing, range, def);
                }
                MandatoryRule::MustNot if mandatory => {
                    self.defined(FaultKind::MandatoryBitForbidden, range, def);
                }
                _ => {}
            },
            None => self.unknown(at, key, mandatory),
        }
    }

    /// What can be said of an AVP the dictionary does not know.
    fn unknown(&mut self, at: usize, key: AvpKey, mandatory: bool) {
        let range = at + 4..at + 5;
        // Vendors number their AVPs as they like, so another vendor's AVP with a code we know is
        // none of our business. 3GPP and OMA codes without the vendor, or base and credit-control
        // codes under 3GPP's vendor where 3GPP has none of its own, are.
        let confusable = match key.vendor {
            None => true,
            Some(10415) => (256..500).contains(&key.code),
            Some(_) => false,
        };
        if confusable && let Some(def) = self.dictionary.other_vendor(key) {
            // A field that the flags say is not there is wrong whatever a dictionary says of the AVP.
            // Data does not begin so by chance: a group begins with a code, which no AVP of ours has,
            // and a number that happens to be a vendor's is all there is.
            let header = self.raw.get(at..at + 12).unwrap_or_default();
            let follows = |vendor: &u32| {
                key.vendor.is_none()
                    && header.ends_with(&vendor.to_be_bytes())
                    && header[5..8] > [0, 0, 12][..]
            };
            let (kind, severity) = match def.key.vendor.filter(follows) {
                Some(vendor) => (FaultKind::VendorBitMissing(vendor), Severity::Must),
                None => {
                    let defined = def.key.vendor;
                    (FaultKind::Vendor { defined }, Severity::Should)
                }
            };
            self.push(kind, severity, range.clone(), Some(key));
        }
        if mandatory {
            self.push(
                FaultKind::UnknownMandatory,
                Severity::Note,
                range,
                Some(key),
            );
        }
    }

    fn padding(&mut self, from: usize, to: usize, key: AvpKey) {
        let padding = self.raw.get(from..to).unwrap_or_default();
        if padding.iter().any(|&octet| octet != 0) {
            // RFC 6733 4 says that zero-valued bytes are added, without MUST, and gives receivers
            // no rule.
            self.push(
                FaultKind::PaddingNotZero,
                Severity::Should,
                from..to,
                Some(key),
            );
        }
    }

    fn value(&mut self, from: usize, to: usize, def: &'static AvpDef) {
        let Some(data) = self.raw.get(from..to) else {
            return;
        };
        if let Some(expected) = def.kind.fixed_length() {
            if data.len() != expected as usize {
                let kind = FaultKind::ValueLength {
                    expected,
                    found: data.len(),
                };
                self.defined(kind, from..to, def);
            } else if def.values_complete
                && let Some(octets) = data.first_chunk::<4>()
            {
                let value = i32::from_be_bytes(*octets);
                if def.value_name(value).is_none() {
                    let severity = Severity::Should;
                    let kind = FaultKind::EnumeratedValue(value);
                    self.sourced(kind, severity, from..to, def);
                }
            }
            return;
        }
        match def.kind {
            AvpType::Utf8String if std::str::from_utf8(data).is_err() => {
                self.defined(FaultKind::Utf8, from..to, def);
            }
            AvpType::DiameterIdentity if !is_identity(data) => {
                self.defined(FaultKind::Identity, from..to, def);
            }
            AvpType::DiameterUri
                if !data.starts_with(b"aaa://") && !data.starts_with(b"aaas://") =>
            {
                self.defined(FaultKind::Uri, from..to, def);
            }
            AvpType::Address => self.address(data, from..to, def),
            _ => {}
        }
    }

    fn address(&mut self, data: &[u8], range: std::ops::Range<usize>, def: &'static AvpDef) {
        let family = data
            .first_chunk::<2>()
            .map(|family| u16::from_be_bytes(*family));
        let expected = match family {
            None | Some(1) => 6,
            Some(2) => 18,
            Some(family) => {
                self.sourced(
                    FaultKind::AddressFamily(family),
                    Severity::Should,
                    range,
                    def,
                );
                return;
            }
        };
        if data.len() != expected as usize {
            let kind = FaultKind::ValueLength {
                expected,
                found: data.len(),
            };
            self.defined(kind, range, def);
        }
    }

    /// Notes a broken MUST of an AVP's definition; a SHOULD where only transcriptions of the
    /// definition are known.
    fn defined(&mut self, kind: FaultKind, bytes: std::ops::Range<usize>, def: &'static AvpDef) {
        let severity = match def.certainty {
            Certainty::Confirmed => Severity::Must,
            Certainty::Secondary => Severity::Should,
        };
        match kind {
            FaultKind::MandatoryBitMissing | FaultKind::MandatoryBitForbidden => {
                self.sourced(kind, severity, bytes, def);
            }
            _ => self.push(kind, severity, bytes, Some(def.key)),
        }
    }

    /// Notes a fault whose rule is the AVP's own definition.
    fn sourced(
        &mut self,
        kind: FaultKind,
        severity: Severity,
        bytes: std::ops::Range<usize>,
        def: &'static AvpDef,
    ) {
        self.record(Fault {
            kind,
            severity,
            bytes,
            avp: Some(def.key),
            clause: def.source,
        });
    }

    fn fault(&mut self, kind: FaultKind, bytes: std::ops::Range<usize>) {
        self.push(kind, Severity::Must, bytes, None);
    }

    fn push(
        &mut self,
        kind: FaultKind,
        severity: Severity,
        bytes: std::ops::Range<usize>,
        avp: Option<AvpKey>,
    ) {
        self.record(Fault {
            kind,
            severity,
            bytes,
            avp,
            clause: kind.clause(),
        });
    }

    fn record(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        } else {
            self.faults_left_off += 1;
        }
    }
}

/// Offsets fit 32 bits: a Message Length has 24, and a buffer beyond 4 GiB is no message.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
