//! Bytes in hexadecimal.

use bytes::Bytes;
use thiserror::Error;

/// Why a text is no hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HexError {
    /// Something that is no digit.
    #[error("character {at} is no hexadecimal digit")]
    NoDigit {
        /// 1-based, in characters.
        at: usize,
    },
    /// Half a byte at the end.
    #[error("the last byte has one digit only")]
    Odd,
}

/// `bytes` as lower case digits, without anything between them.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes that the digits of `text` stand for. White space and colons between digits are passed
/// over, so that what other tools print can be pasted.
///
/// # Errors
///
/// Where something else stands there, or a digit is left over.
pub fn from_hex(text: &str) -> Result<Bytes, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut half = None;
    for (at, c) in text.chars().enumerate() {
        if c.is_ascii_whitespace() || c == ':' {
            continue;
        }
        let digit = c.to_digit(16).ok_or(HexError::NoDigit { at: at + 1 })? as u8;
        half = match half {
            None => Some(digit << 4),
            Some(high) => {
                bytes.push(high | digit);
                None
            }
        };
    }
    match half {
        None => Ok(Bytes::from(bytes)),
        Some(_) => Err(HexError::Odd),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_digits() {
        assert_eq!(to_hex(&[0x00, 0x9f, 0xff]), "009fff");
        assert_eq!(
            from_hex("00 9F:ff\n").unwrap(),
            Bytes::from_static(&[0x00, 0x9f, 0xff])
        );
    }

    #[test]
    fn what_is_wrong_is_located() {
        assert_eq!(from_hex("00x1"), Err(HexError::NoDigit { at: 3 }));
        assert_eq!(from_hex("001"), Err(HexError::Odd));
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(bytes: Vec<u8>) {
            prop_assert_eq!(from_hex(&to_hex(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = from_hex(&text);
        }
    }
}
