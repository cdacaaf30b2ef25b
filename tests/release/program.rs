//! The program as cargo links it.

use std::fs;

/// Segments of an ELF file, as elf.h numbers them.
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
/// An ELF file that may be loaded at any address.
const ET_DYN: u16 = 3;

/// What an ELF file's header says.
struct Elf {
    kind: u16,
    segments: Vec<u32>,
}

impl Elf {
    /// Reads a 64-bit file of this machine's byte order.
    fn parse(file: &[u8]) -> Self {
        assert_eq!(&file[..5], b"\x7fELF\x02", "no 64-bit ELF file");
        let half = |at: usize| u16::from_ne_bytes(file[at..at + 2].try_into().unwrap());
        let word = |at: usize| u32::from_ne_bytes(file[at..at + 4].try_into().unwrap());
        let table = u64::from_ne_bytes(file[0x20..0x28].try_into().unwrap());
        let (size, count) = (usize::from(half(0x36)), usize::from(half(0x38)));
        let table = usize::try_from(table).unwrap();
        Self {
            kind: half(0x10),
            segments: (0..count)
                .map(|number| word(table + number * size))
                .collect(),
        }
    }
}

/// `.cargo/config.toml` asks for this; `RUSTFLAGS=` does not, and then the tests are linked the other way, too.
#[test]
fn needs_no_libraries() {
    let elf = Elf::parse(&fs::read(env!("CARGO_BIN_EXE_ipvsadm")).unwrap());
    assert_eq!(elf.kind, ET_DYN, "the program has a fixed address");
    assert!(elf.segments.contains(&PT_DYNAMIC), "{:?}", elf.segments);
    // The interpreter is the dynamic linker.
    assert_eq!(
        elf.segments.contains(&PT_INTERP),
        !cfg!(target_feature = "crt-static")
    );
}
