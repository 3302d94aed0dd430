//! A search in short texts.

/// Where `wanted` stands first.
///
/// For texts of a few words, such as header values: there `memchr` spends more on choosing how to
/// search than on searching. For what may be long, `memchr` it is.
#[inline]
pub(crate) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        if let Some(within) = find_in_word(*word, wanted) {
            return Some(n * 8 + within);
        }
    }
    match bytes.last_chunk::<8>() {
        // The last word overlaps the one before, where nothing was found.
        Some(word) if !rest.is_empty() => {
            find_in_word(*word, wanted).map(|within| bytes.len() - 8 + within)
        }
        Some(_) => None,
        None => rest.iter().position(|byte| *byte == wanted),
    }
}

/// Looks at all bytes of a word at once: the exclusive or makes the wanted ones zero, and the
/// lowest zero is the lowest byte that borrows when one is taken from each.
#[inline]
fn find_in_word(word: [u8; 8], wanted: u8) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let other = u64::from_le_bytes(word) ^ u64::from_ne_bytes([wanted; 8]);
    let zeros = other.wrapping_sub(ONES) & !other & HIGH;
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_plain_loop_finds() {
        let neighbours = [b':' - 1, b':' + 1, b':' | 0x80, 0, 0xff];
        for length in 0..40 {
            for at in 0..=length {
                for around in neighbours {
                    let mut bytes = vec![around; length];
                    bytes.iter_mut().skip(at).step_by(3).for_each(|b| *b = b':');
                    let expected = bytes.iter().position(|b| *b == b':');
                    assert_eq!(find(&bytes, b':'), expected, "{bytes:?}");
                }
            }
        }
    }
}
