//! What is wrong with a word that looks like an address and is not one.

use super::c_number;
use crate::cli::usage::Problem;

/// The wrong part of a word that looks like an IPv4 address: its parts all begin with a digit.
pub fn of_v4(word: &str) -> Option<Problem> {
    let parts: Vec<&str> = word.split('.').collect();
    let numeric = |part: &&str| part.is_empty() || part.starts_with(|c: char| c.is_ascii_digit());
    if parts.len() < 2 || !parts.iter().all(numeric) {
        return None;
    }
    let (part, why) = match parts.get(4) {
        Some(extra) => (*extra, "is one part too many"),
        None => parts
            .iter()
            .find_map(|part| Some((*part, of_part(part)?)))?,
    };
    Some(Problem::UnknownAddress {
        part: part.into(),
        why,
    })
}

fn of_part(part: &str) -> Option<&'static str> {
    if part.is_empty() {
        return Some("is empty");
    }
    if part.contains('/') {
        return Some("has a prefix length, which no address can have here");
    }
    match c_number(part) {
        Some(0..=255) => None,
        Some(_) => Some("is more than 255"),
        None if part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some("is octal, as it begins with 0, and has a digit above 7")
        }
        None if part.bytes().all(|byte| byte.is_ascii_digit()) => Some("is more than 255"),
        None => Some("is not a number"),
    }
}

/// The wrong part of a word that has the colons of an IPv6 address.
pub fn of_v6(word: &str) -> Problem {
    let groups: Vec<&str> = word.split(':').collect();
    let hexadecimal = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wrong = groups.iter().find_map(|group| {
        let why = match group {
            group if group.contains('%') => "has a zone, which IPVS does not know",
            group if group.contains('/') => "has a prefix length, which no address can have here",
            // The last one may be an IPv4 address.
            group if group.contains('.') => return None,
            group if !hexadecimal(group) => "is not a hexadecimal number",
            group if group.len() > 4 => "has more than four digits",
            _ => return None,
        };
        Some((*group, why))
    });
    let (part, why) = match wrong {
        Some(wrong) => wrong,
        None if groups.len() < 8 && !word.contains("::") => (word, "has fewer than eight groups"),
        None if groups.len() > 8 => (word, "has more than eight groups"),
        None => return Problem::NotAnAddress,
    };
    Problem::BadAddress {
        part: part.into(),
        why,
    }
}

/// Whether the word of a port is a range or a list of ports.
pub fn names_many_ports(word: &str) -> bool {
    let ports = word.split(['-', ',']);
    ports.clone().count() > 1
        && ports
            .into_iter()
            .all(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}
