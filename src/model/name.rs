//! Names that the kernel gives and takes.

use std::fmt;

use crate::sys::terminal::is_harmless;

/// A kernel name of at most 15 bytes: a scheduler, a persistence engine, a network interface.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    bytes: [u8; Name::MAX],
    length: u8,
}

impl Name {
    /// A name that is known when the program is built.
    ///
    /// # Panics
    /// Where it is longer than [`Name::MAX`]; in a constant that is an error of the build.
    pub const fn constant(text: &str) -> Name {
        let mut bytes = [0; Name::MAX];
        let mut index = 0;
        while index < text.len() {
            bytes[index] = text.as_bytes()[index];
            index += 1;
        }
        Name {
            bytes,
            length: text.len() as u8,
        }
    }

    /// The longest name in bytes: the kernel's 16 hold a closing zero
    /// (`IP_VS_SCHEDNAME_MAXLEN`, `IP_VS_PENAME_MAXLEN`, `IP_VS_IFNAME_MAXLEN`).
    pub const MAX: usize = 15;

    /// A name, or `None` where it is longer than [`Name::MAX`].
    pub fn new(text: &[u8]) -> Option<Name> {
        let mut bytes = [0; Name::MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let length = u8::try_from(text.len()).ok()?;
        Some(Name { bytes, length })
    }

    /// Its bytes, which need not be UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Its bytes and their number, where all are printable ASCII characters, as in every name of the kernel's own.
    pub fn as_plain(&self) -> Option<(&[u8; Name::MAX], usize)> {
        let plain = self.as_bytes().iter().all(u8::is_ascii_graphic);
        plain.then_some((&self.bytes, usize::from(self.length)))
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.as_bytes() == text.as_bytes()
    }
}

impl fmt::Display for Name {
    /// Bytes that could steer a terminal are escaped: a name can come from a foreign module.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.as_bytes()) {
            Ok(text) if text.chars().all(is_harmless) => f.write_str(text),
            _ => write!(f, "{}", self.as_bytes().escape_ascii()),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
