//! Starting other programs and hearing how they ended.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::error::{Error, Result};

/// How much of a program's answer is kept by [`first_words`].
const ANSWER_LIMIT: u64 = 4096;

/// Runs `command`, its output going where ours goes.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command
        .status()
        .map_err(|source| start_error(command, source))
}

/// Runs `command`, and fails if it fails.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    check(command, status)
}

/// Fails if `status`, with which `command` ended, is not success.
pub(crate) fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        Ok(())
    } else {
        Err(Error::Command {
            command: describe(command),
            status: status.to_string(),
        })
    }
}

/// Runs `command` and hands each line of its standard output to `line` as it comes.
pub(crate) fn each_line(
    command: &mut Command,
    mut line: impl FnMut(&str) -> Result<()>,
) -> Result<ExitStatus> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| start_error(command, source))?;
    let mut outcome = Ok(());
    if let Some(stdout) = child.stdout.take() {
        // Read by bytes: a program may print what is not UTF-8. After a failure of `line` go on
        // reading, so that the program is not stopped halfway by a closed pipe.
        for bytes in BufReader::new(stdout)
            .split(b'\n')
            .map_while(io::Result::ok)
        {
            if outcome.is_ok() {
                outcome = line(String::from_utf8_lossy(&bytes).trim_end_matches('\r'));
            }
        }
    }
    let status = child
        .wait()
        .map_err(|source| start_error(command, source))?;
    outcome.map(|()| status)
}

/// Runs `command`, passes its standard output on line by line, and returns it as well.
pub(crate) fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    let mut kept = String::new();
    let status = each_line(command, |line| {
        kept.push_str(line);
        kept.push('\n');
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")
            .and_then(|()| stdout.flush())
            .map_err(Error::Output)
    })?;
    Ok((status, kept))
}

/// Runs `command` silently and returns the start of its standard output, or nothing if it has not
/// closed it within `limit`; then it is killed.
pub(crate) fn first_words(command: &mut Command, limit: Duration) -> io::Result<Option<String>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut answer = Vec::new();
            let read = stdout.take(ANSWER_LIMIT).read_to_end(&mut answer);
            let _ = sender.send(read.map(|_| answer));
        });
    }
    match receiver.recv_timeout(limit) {
        Ok(answer) => {
            // It has said all it is asked for; one that talks on is not waited for.
            let answer = answer?;
            if answer.len() as u64 == ANSWER_LIMIT {
                child.kill()?;
            }
            child.wait()?;
            Ok(Some(String::from_utf8_lossy(&answer).into_owned()))
        }
        Err(_) => {
            child.kill()?;
            child.wait()?;
            Ok(None)
        }
    }
}

/// Returns the exit code to end with after a program ended with `status`: its own, or, as shells
/// do, 128 and the number of the signal that killed it.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status
        .code()
        .or(signal.map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// Returns the command line of `command`, as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| quoted(&word.to_string_lossy()))
        .collect();
    words.join(" ")
}

/// Puts `word` in quotes if a shell would otherwise take it apart.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./\\:=@,+%^~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}

/// Wraps what the system said when `command` was to be started.
fn start_error(command: &Command, source: io::Error) -> Error {
    Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn described_command_is_what_one_would_type() {
        let mut command = Command::new("npm");
        command.args(["install", "nushell@0.115.1", "a b", ""]);
        assert_eq!(describe(&command), "npm install nushell@0.115.1 'a b' ''");
    }

    #[test]
    fn program_that_does_not_exist_is_named() {
        let error = succeed(&mut Command::new("/no/such/program")).err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            text.starts_with("cannot start `/no/such/program`: "),
            "{text}"
        );
    }

    #[cfg(unix)]
    mod unix {
        use super::*;

        fn shell(script: &str) -> Command {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        }

        #[test]
        fn failing_program_is_reported_with_its_status() {
            let error = succeed(&mut shell("exit 3")).err();
            let text = error.map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(text, "`sh -c 'exit 3'` failed (exit status: 3)");
        }

        #[test]
        fn lines_arrive_whole_even_if_they_are_no_utf8() -> Result<()> {
            let mut lines = Vec::new();
            let status = each_line(&mut shell(r"printf 'a\r\n\377\nlast'; exit 4"), |line| {
                lines.push(line.to_owned());
                Ok(())
            })?;
            assert_eq!(lines, ["a", "\u{fffd}", "last"]);
            assert_eq!(exit_code(status), 4);
            Ok(())
        }

        #[test]
        fn program_that_never_answers_is_killed() -> io::Result<()> {
            let limit = Duration::from_millis(50);
            let answer = first_words(Command::new("sleep").arg("600"), limit)?;
            assert_eq!(answer, None);
            Ok(())
        }

        #[test]
        fn program_that_never_stops_talking_is_cut_short() -> io::Result<()> {
            let limit = Duration::from_secs(10);
            let answer = first_words(Command::new("yes").arg("no"), limit)?;
            assert!(answer.is_some_and(|answer| answer.starts_with("no\nno\n")));
            Ok(())
        }

        #[test]
        fn signal_becomes_the_exit_code_that_shells_give() -> Result<()> {
            assert_eq!(exit_code(status(&mut shell("kill -9 $$"))?), 137);
            Ok(())
        }
    }
}
