//! An agent as the lab sees it.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::lab::Program;
use crate::{Error, Outcome, Probe};

pub(crate) struct Agent {
    host: String,
    child: Child,
    commands: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
}

impl Agent {
    /// Starts an agent in a namespace.
    pub(crate) fn start(program: &Program, host: &str, namespace: &str) -> Result<Self, Error> {
        let failed = |message: String| Error::Agent { host: host.to_owned(), message };
        let mut child = Command::new("ip")
            .args(["netns", "exec", namespace])
            .arg(&program.executable)
            .args(&program.agent)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no pipes".to_owned()));
        };
        Ok(Self {
            host: host.to_owned(),
            child,
            commands: Some(BufWriter::new(stdin)),
            answers: BufReader::new(stdout),
        })
    }

    /// Gives commands that are answered by `ok`.
    pub(crate) fn order(&mut self, commands: &[String]) -> Result<(), Error> {
        self.send(commands.iter().map(String::as_str))?;
        for command in commands {
            let answer = self.receive()?;
            if answer != "ok" {
                return Err(self.failed(format!("{command}: {}", answer.trim_start_matches("error "))));
            }
        }
        Ok(())
    }

    /// Gives commands whose failure does no harm.
    pub(crate) fn suggest(&mut self, commands: &[String]) -> Result<(), Error> {
        self.send(commands.iter().map(String::as_str))?;
        commands.iter().try_for_each(|_| self.receive().map(drop))
    }

    /// Tries connections. The agent queues what it is told, so that all can be said before it answers.
    pub(crate) fn probe(
        &mut self,
        probes: &[(usize, &Probe)],
        patience: u64,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        let lines: Vec<String> = probes
            .iter()
            .map(|(id, probe)| {
                format!("probe {id} {} {} {} {patience}", probe.transport.word(), probe.to, probe.port)
            })
            .collect();
        self.send(lines.iter().map(String::as_str))?;
        let mut outcomes = Vec::with_capacity(probes.len());
        for _ in probes {
            let answer = self.receive()?;
            let (id, rest) = answer.split_once(' ').unwrap_or_default();
            match (id.parse(), Outcome::of(rest)) {
                (Ok(id), Some(outcome)) => outcomes.push((id, outcome)),
                (id, _) => {
                    let which = id.ok().and_then(|id: usize| probes.iter().find(|(own, _)| *own == id));
                    let which = which.map_or_else(String::new, |(_, probe)| {
                        format!("{} {} {}: ", probe.transport.word(), probe.to, probe.port)
                    });
                    return Err(self.failed(format!("{which}{rest}")));
                }
            }
        }
        Ok(outcomes)
    }

    fn failed(&self, message: String) -> Error {
        Error::Agent { host: self.host.clone(), message }
    }

    fn send<'l>(&mut self, lines: impl Iterator<Item = &'l str>) -> Result<(), Error> {
        let host = &self.host;
        let broken = |source| Error::Pipe { host: host.clone(), source };
        let Some(commands) = &mut self.commands else { return Ok(()) };
        for line in lines {
            writeln!(commands, "{line}").map_err(broken)?;
        }
        commands.flush().map_err(broken)
    }

    fn receive(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        let read = read.map_err(|source| Error::Pipe { host: self.host.clone(), source })?;
        if read == 0 {
            return Err(self.failed("it ended".to_owned()));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
