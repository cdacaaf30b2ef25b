//! The program as cargo links it.

use std::fs;

/// Segments of an ELF file, as elf.h numbers them; the latter names the dynamic linker.
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

/// A static glibc would load the modules of nsswitch.conf together with a C library other than the one inside, and crash.
#[test]
fn the_c_library_is_the_systems() {
    let elf = Elf::parse(&fs::read(env!("CARGO_BIN_EXE_ipvsadm")).unwrap());
    assert_eq!(elf.kind, ET_DYN, "the program has a fixed address");
    for segment in [PT_DYNAMIC, PT_INTERP] {
        assert!(elf.segments.contains(&segment), "{:?}", elf.segments);
    }
}

/// Nothing makes the build another one than what `cargo install --git` makes, which reads no `.cargo/config.toml`.
#[test]
fn cargos_configuration_changes_no_build() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/.cargo/config.toml");
    let settings: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    assert_eq!(settings.keys().collect::<Vec<_>>(), ["alias"]);
}
