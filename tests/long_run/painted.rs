//! A watch on a terminal, whose user presses keys and changes its size.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitStatus};
use std::thread;

use net::Host;
use nix::libc::O_NOCTTY;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Keys that change nothing once all of them were pressed: all pages, and folding twice.
const KEYS: [&str; 12] = ["v", "F", "v", "G", "v", "j", "F", "v", "g", "f", "f", "v"];
const SIZES: [(u16, u16); 3] = [(24, 80), (10, 40), (50, 132)];

pub struct Painted {
    child: Child,
    user: File,
    pressed: usize,
}

impl Painted {
    pub fn start(host: &Host, arguments: &[&str]) -> Result<Painted, Box<dyn std::error::Error>> {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&user)?;
        unlockpt(&user)?;
        let path = ptsname(&user, Vec::new())?.to_string_lossy().into_owned();
        let end = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(O_NOCTTY)
            .open(path)?;
        let user = File::from(user);
        let mut screen = user.try_clone()?;
        let child = host.on(|| {
            Command::new("setsid")
                .args(["-c", "ipvsadm"])
                .args(arguments)
                .env("TERM", "xterm")
                .stdin(end.try_clone()?)
                .stdout(end.try_clone()?)
                .stderr(end.try_clone()?)
                .spawn()
        })??;
        // Whoever writes to a terminal waits for its user to read. The thread ends with the terminal.
        thread::spawn(move || {
            let mut bytes = [0; 65536];
            while screen.read(&mut bytes).is_ok_and(|length| length > 0) {}
        });
        let painted = Painted {
            child,
            user,
            pressed: 0,
        };
        painted.resize(0)?;
        Ok(painted)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Presses the next key.
    pub fn press(&mut self) -> io::Result<()> {
        let key = KEYS[self.pressed % KEYS.len()];
        self.pressed += 1;
        self.user.write_all(key.as_bytes())
    }

    /// Gives the terminal another size; 0 is the usual one.
    pub fn resize(&self, number: usize) -> io::Result<()> {
        let (rows, columns) = SIZES[number % SIZES.len()];
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(tcsetwinsize(&self.user, size)?)
    }

    /// Presses the key that ends it.
    pub fn quit(&mut self) -> io::Result<ExitStatus> {
        self.user.write_all(b"q")?;
        self.child.wait()
    }
}

impl Drop for Painted {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
