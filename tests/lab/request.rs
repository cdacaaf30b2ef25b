//! `cargo lab`: what a reader may ask for, and showing it.

use std::io::IsTerminal;

use vm::{Kernel, Place};

use crate::SHELL;
use crate::labs::{self, Lab};

/// One call of `cargo lab`.
pub struct Request {
    place: Place,
    labs: Vec<&'static Lab>,
    action: Action,
}

#[derive(PartialEq, Eq)]
enum Action {
    Show,
    Shell,
    List,
}

impl Request {
    /// Reads the words after `cargo lab`.
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut request = Self {
            place: Place::Guest(Kernel::V6_12),
            labs: Vec::new(),
            action: Action::Show,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--kernel" => request.place = words.next().ok_or(Error::Usage)?.parse()?,
                word if word.starts_with('-') => return Err(Error::Usage),
                "list" => request.action = Action::List,
                "shell" => request.action = Action::Shell,
                "all" => request.labs.extend(labs::ALL),
                name => {
                    let lab = labs::find(name).ok_or_else(|| Error::UnknownWord(name.to_owned()));
                    request.labs.push(lab?);
                }
            }
        }
        if request.labs.is_empty() {
            request.labs.push(&labs::ALL[0]);
        }
        if request.action == Action::Shell && request.labs.len() > 1 {
            return Err(Error::OneShell);
        }
        Ok(request)
    }

    /// Does it; gives whether all went as expected.
    pub fn serve(&self) -> Result<bool> {
        match self.action {
            Action::List => {
                for lab in labs::ALL {
                    println!("{:12} {}", lab.name, lab.about);
                }
                Ok(true)
            }
            Action::Shell => {
                if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
                    return Err(Error::NoTerminal);
                }
                labs::suite().attend(self.place, &[SHELL, self.labs[0].name])?;
                Ok(true)
            }
            Action::Show => {
                let names: Vec<&str> = self.labs.iter().map(|lab| lab.name).collect();
                Ok(labs::suite().show(self.place, &names)?)
            }
        }
    }
}

/// Where IPVS is: gives a shell on the director of the lab that the one word names.
pub fn shell(words: &[String]) -> Result<()> {
    let [name] = words else {
        return Err(Error::OneShell);
    };
    let lab = labs::find(name).ok_or_else(|| Error::UnknownWord(name.clone()))?;
    labs::suite().load_modules()?;
    let net = lab.open()?;
    println!(
        "\nThis is a shell on the director; \"exit\" takes the network down. To try:\n\n  {}\n",
        lab.hints.join("\n  ")
    );
    net.host("director")?.interactive_shell()?;
    Ok(())
}

/// The result of a request.
type Result<T> = std::result::Result<T, Error>;

/// Why it could not be met.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A word on the command line that means nothing here.
    #[error("{0}: no such lab, and neither \"all\", \"list\" nor \"shell\"")]
    UnknownWord(String),
    /// An option without its value, or unknown.
    #[error("usage: cargo lab [--kernel 5.10|6.1|6.12|7.2|host] [LAB...|all|list] [shell]")]
    Usage,
    /// A shell is one lab's.
    #[error("a shell can be had in one lab at a time")]
    OneShell,
    /// What is typed must come from somewhere.
    #[error("a shell needs a terminal")]
    NoTerminal,
    /// The kernel's name.
    #[error(transparent)]
    Vm(#[from] vm::Error),
    /// The way to where labs are played.
    #[error(transparent)]
    Suite(#[from] suite::Error),
    /// The network.
    #[error(transparent)]
    Net(#[from] net::Error),
}
