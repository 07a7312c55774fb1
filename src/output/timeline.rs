//! An activation as a picture in text: who did what when.

use std::fmt::{self, Write};

use raptor_cluster::{AttemptLine, AttemptOutcome, MemberRecord, Record};

use super::json::{policy, signal, word};

/// How many columns the duration of a flight takes.
const COLUMNS: usize = 60;

/// A lane for each member, then a line for each function.
pub(crate) fn timeline(record: &Record) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, record);
    text
}

fn write(out: &mut String, record: &Record) -> fmt::Result {
    let stopped = record
        .attempts
        .iter()
        .filter(|line| was_stopped(line))
        .count();
    writeln!(
        out,
        "{} {}: {} ms, {} of {} members, {} attempts, {stopped} stopped \
         (flight.slots {}, node.slots {})",
        policy(record),
        record.activation,
        millis(micros(record)),
        record
            .members
            .iter()
            .filter(|member| member.present)
            .count(),
        record.size_wanted,
        record.attempts.len(),
        record.flight_slots,
        record.node_slots,
    )?;
    writeln!(out)?;
    for member in &record.members {
        write_lanes(out, record, member)?;
    }
    writeln!(out)?;
    write_functions(out, record)
}

fn was_stopped(line: &AttemptLine) -> bool {
    matches!(
        line.end,
        Some((
            _,
            AttemptOutcome::Preempted { .. } | AttemptOutcome::Cancelled { .. }
        ))
    )
}

fn micros(record: &Record) -> i64 {
    i64::try_from(record.duration.as_micros()).unwrap_or(i64::MAX)
}

fn millis(micros: i64) -> String {
    format!("{:.1}", micros as f64 / 1_000.0)
}

/// Attempts of one member, in as many lanes as ran at once.
fn write_lanes(out: &mut String, record: &Record, member: &MemberRecord) -> fmt::Result {
    let whole = micros(record).max(1);
    let column = |at: i64| (at.clamp(0, whole) as f64 / whole as f64 * COLUMNS as f64) as usize;
    let mut lanes: Vec<Vec<char>> = Vec::new();
    let own = record
        .attempts
        .iter()
        .filter(|line| line.attempt.member == member.index);
    for line in own {
        let start = column(line.start_us).min(COLUMNS - 1);
        let end = column(line.end.map_or(whole, |(at, _)| at)).clamp(start + 1, COLUMNS);
        let free = lanes
            .iter_mut()
            .find(|lane| lane[start..end].iter().all(|cell| *cell == ' '));
        let lane = match free {
            Some(lane) => lane,
            None => lanes.push_mut(vec![' '; COLUMNS]),
        };
        draw(&mut lane[start..end], line);
    }
    if lanes.is_empty() {
        lanes.push(vec![' '; COLUMNS]);
    }
    for (at, lane) in lanes.iter().enumerate() {
        let name = if at == 0 {
            format!("{} {}", member.node, member.zone)
        } else {
            String::new()
        };
        let note = if at == 0 && !member.present {
            "  (lost, or never came)"
        } else {
            ""
        };
        writeln!(
            out,
            "  {name:<20} |{}|{note}",
            lane.iter().collect::<String>()
        )?;
    }
    Ok(())
}

/// Draws an attempt: its function's name on a bar that says how it ended.
fn draw(cells: &mut [char], line: &AttemptLine) {
    let bar = match line.end {
        Some((_, AttemptOutcome::Value)) => '=',
        Some((_, AttemptOutcome::Fault)) => '!',
        Some((_, AttemptOutcome::Preempted { .. } | AttemptOutcome::Cancelled { .. })) => '-',
        None => '?',
    };
    let last = cells.len() - 1;
    cells.fill(bar);
    for (cell, letter) in cells[..last].iter_mut().zip(line.function.chars()) {
        *cell = letter;
    }
    cells[last] = if was_stopped(line) { 'x' } else { '|' };
}

fn write_functions(out: &mut String, record: &Record) -> fmt::Result {
    let mut names: Vec<&str> = Vec::new();
    for line in &record.attempts {
        if !names.contains(&line.function.as_str()) {
            names.push(&line.function);
        }
    }
    names.sort_unstable();
    for name in names {
        writeln!(out, "  {name}")?;
        for line in record.attempts.iter().filter(|line| line.function == name) {
            write_attempt(out, record, line)?;
        }
    }
    Ok(())
}

fn write_attempt(out: &mut String, record: &Record, line: &AttemptLine) -> fmt::Result {
    let member = record
        .members
        .iter()
        .find(|member| member.index == line.attempt.member);
    let node = member.map_or("a node unknown", |member| member.node.as_str());
    let pid = line
        .pid
        .map_or("no process".to_owned(), |pid| format!("pid {pid}"));
    let start = millis(line.start_us);
    write!(out, "    {node:<10} {pid:<14} {start:>9} ms  ")?;
    match line.end {
        None => writeln!(out, "its end was not heard of"),
        Some((at, outcome)) => {
            let by = signal(outcome).map_or(String::new(), |name| format!(" by {name}"));
            writeln!(out, "{:>9} ms  {}{by}", millis(at), word(outcome))
        }
    }
}
