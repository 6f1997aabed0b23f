//! A small hash that is the same on every machine and in every build.

/// FNV-1a over the parts, with a mark between them.
pub fn of(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// One of `all`, chosen by the hash of `parts`. `all` is never empty.
pub fn pick<'a, T>(all: &'a [T], parts: &[&str]) -> Option<&'a T> {
    let count = u64::try_from(all.len()).unwrap_or(1).max(1);
    // The low bits of FNV are the weak ones.
    let index = (of(parts) >> 16) % count;
    all.get(usize::try_from(index).unwrap_or(0))
}
