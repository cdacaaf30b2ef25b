//! Where tests that need IPVS run, as `IPVSADM_TEST_KERNELS` says.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::kernels::Kernel;

/// The environment variable that chooses: names of kernels with blanks between them, `all`, `host`.
pub const VARIABLE: &str = "IPVSADM_TEST_KERNELS";

/// Where nothing is chosen.
const USUAL: [Place; 2] = [Place::Guest(Kernel::V6_1), Place::Guest(Kernel::V6_12)];

/// A kernel to test on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a virtual machine with this kernel.
    Guest(Kernel),
    /// In network namespaces of this very machine.
    Host,
}

impl Place {
    /// The places that the environment names.
    pub fn chosen() -> Result<Vec<Self>> {
        let words = std::env::var(VARIABLE).unwrap_or_default();
        let mut places = Vec::new();
        for word in words.split([' ', ',']).filter(|word| !word.is_empty()) {
            match word {
                "all" => places.extend(Kernel::ALL.map(Place::Guest)),
                name => places.push(name.parse()?),
            }
        }
        Ok(if places.is_empty() {
            USUAL.to_vec()
        } else {
            places
        })
    }
}

impl FromStr for Place {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "host" => Ok(Self::Host),
            name => Ok(Self::Guest(name.parse()?)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest(kernel) => kernel.fmt(f),
            Self::Host => f.write_str("host"),
        }
    }
}
