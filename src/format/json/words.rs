//! The command line equivalent to an entry of a document.

use std::borrow::Cow;
use std::fmt::Display;

use crate::cli::flags::Flag;
use crate::cli::usage::UsageError;

/// A command line, and which member of the entry each of its flags comes from.
#[derive(Default)]
pub struct Words {
    words: Vec<String>,
    members: Vec<(Flag, Cow<'static, str>)>,
    /// The member that holds the object whose members are being appended.
    within: Option<&'static str>,
}

impl Words {
    /// A command line that begins with a flag.
    pub fn of(flag: Flag) -> Words {
        let mut words = Words::default();
        words.bare(flag);
        words
    }

    /// Appends a flag that comes from a member.
    pub fn flag(&mut self, flag: Flag, member: &'static str) {
        let member = match self.within {
            None => Cow::Borrowed(member),
            Some(object) => Cow::Owned(format!("{object}.{member}")),
        };
        self.members.push((flag, member));
        self.bare(flag);
    }

    /// Appends a flag with the value of a member, where the entry has that member.
    pub fn option(&mut self, flag: Flag, member: &'static str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.flag(flag, member);
            self.value(value);
        }
    }

    /// Appends a flag that comes from no single member.
    pub fn bare(&mut self, flag: Flag) {
        self.words.push(flag.to_string());
    }

    /// Appends a flag with a value that comes from no single member.
    pub fn bare_option(&mut self, flag: Flag, value: &str) {
        self.bare(flag);
        self.value(value);
    }

    /// Appends a value.
    pub fn value(&mut self, value: impl Display) {
        self.words.push(value.to_string());
    }

    /// Appends the words of an object that a member holds.
    pub fn within(&mut self, member: &'static str, append: impl FnOnce(&mut Words)) {
        self.within = Some(member);
        append(self);
        self.within = None;
    }

    /// The words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(String::as_str)
    }

    /// The command line as text.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }

    /// The member that an error is about, where it is about one: `tunnel.port`.
    pub fn member(&self, error: &UsageError) -> Option<&str> {
        let (UsageError::BadValue { flag, .. } | UsageError::Unsuitable { flag, .. }) = error
        else {
            return None;
        };
        let mut members = self.members.iter();
        let (_, member) = members.find(|(of, _)| of == flag)?;
        Some(member)
    }
}
