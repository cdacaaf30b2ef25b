//! The exit statuses of the manual pages: below each stand command lines in comments, which must exit with it.

use crate::page;

/// A user namespace, in which not even root has a right that IPVS asks for.
const WITHOUT_RIGHTS: &str = "unshare -Ur ";

/// The command lines, each with its status.
pub fn calls(source: &str) -> Vec<(i32, String)> {
    let mut calls = Vec::new();
    let mut status = None;
    for line in page::section(source, "EXIT STATUS") {
        if let Some(head) = line.strip_prefix(".It ") {
            status = Some(head.parse().unwrap());
        } else if let Some(call) = line.strip_prefix(".\\\" STATUS: ") {
            calls.push((status.unwrap(), call.replace("nobody: ", WITHOUT_RIGHTS)));
        }
    }
    calls
}

/// A script that says of each call whether its status is another one, and fails then.
pub fn script(source: &str) -> String {
    let calls = calls(source);
    // Each status has one.
    for line in page::section(source, "EXIT STATUS") {
        if let Some(status) = line.strip_prefix(".It ") {
            let has_call = calls.iter().any(|(other, _)| other.to_string() == status);
            assert!(has_call, "no call has the status {status}");
        }
    }
    let mut script = "ip link set lo up\nfailed=0\n".to_owned();
    for (status, call) in calls {
        script.push_str(&format!(
            "( {call} ) >/dev/null 2>&1\n\
             came=$?; [ $came = {status} ] || {{ failed=1; echo \"status $came, not {status}:\"; cat <<'END'\n\
             {call}\nEND\n}}\n"
        ));
    }
    script + "exit $failed\n"
}
