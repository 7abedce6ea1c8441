#![cfg(test)]
//! The score card: what is promised, measured, one line a row.
//!
//! Every row that asserts that something never happens also runs its check
//! against a stand-in that does it, and fails unless the check notices.
//! Arguments choose rows: `cargo test --release --test scorecard -- R12` runs one;
//! `--small` is a tenth of the size, for development.

mod acked;
mod bomb;
mod connector;
#[path = "../../crates/flyte-webhook-core/tests/deliveries/vector.rs"]
#[expect(dead_code, reason = "the tests of the core crate use the rest")]
mod deliveries;
mod edge;
mod flaky;
mod fuzzer;
#[path = "../it/harness.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod harness;
mod inbox;
#[path = "../it/inbox/kept.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod kept;
mod latency;
mod load;
mod once;
mod platform;
#[path = "../postgres/server.rs"]
#[expect(dead_code, reason = "the tests of the inbox use the rest")]
mod postgres;
#[path = "../it/program.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod program;
mod r01;
mod r02;
mod r03;
mod r04;
mod r05;
mod r06;
mod r07;
mod r08;
mod r09;
mod r10;
mod r11;
mod r12;
mod r13;
mod r14;
mod r15;
mod r16;
mod r17;
mod r18;
mod r19;
mod r20;
mod r21;
mod r22;
mod r23;
mod r24;
mod r25;
mod r26;
mod r27;
mod r28;
mod r29;
mod r30;
mod r31;
mod r32;
mod r33;
mod r34;
mod r35;
mod r36;
mod r37;
mod r38;
mod r39;
mod r40;
#[path = "../it/rolling.rs"]
mod rolling;
mod script;
#[path = "../it/secrets.rs"]
mod secrets;
mod shared;
mod shed;
mod stand_in;
mod storm;
#[path = "../it/app/target.rs"]
mod target;
#[path = "../it/edge/vectors.rs"]
mod vectors;
mod verdict;
mod wait;
mod wire;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use futures::future::LocalBoxFuture;

use verdict::Verdict;

/// How much of a row's size to run.
#[derive(Clone, Copy, PartialEq)]
enum Size {
    Full,
    Small,
}

impl Size {
    fn of(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Small => full.div_ceil(10),
        }
    }
}

struct Row {
    name: &'static str,
    target: &'static str,
    run: fn(Size) -> LocalBoxFuture<'static, Verdict>,
}

const ROWS: [Row; 46] = [
    Row {
        name: "R01",
        target: "different=0,live=0",
        run: |size| Box::pin(r01::run(size)),
    },
    Row {
        name: "R02",
        target: "trespasses=0",
        run: |size| Box::pin(r02::run(size)),
    },
    Row {
        name: "R03",
        target: "wrong=0,accepted<=64KiB,forged=0",
        run: |_| Box::pin(r03::run()),
    },
    Row {
        name: "R04",
        target: "leaks=0",
        run: |_| Box::pin(r04::run()),
    },
    Row {
        name: "R05",
        target: "leaks=0",
        run: |size| Box::pin(r05::run(size)),
    },
    Row {
        name: "R06",
        target: "foreign=0",
        run: |size| Box::pin(r06::run(size)),
    },
    Row {
        name: "R07",
        target: "leaks=0",
        run: |_| Box::pin(r07::run()),
    },
    Row {
        name: "R08",
        target: "different=0",
        run: |size| Box::pin(r08::run(size)),
    },
    Row {
        name: "R09",
        target: "found=0",
        run: |size| Box::pin(r09::run(size)),
    },
    Row {
        name: "R10",
        target: "wrong=0",
        run: |_| Box::pin(r10::run()),
    },
    Row {
        name: "R11",
        target: "wrong=0",
        run: |size| Box::pin(r11::run(size)),
    },
    Row {
        name: "R12",
        target: "growth<=16MiB,late=0",
        run: |_| Box::pin(r12::run()),
    },
    Row {
        name: "R13",
        target: "wrong=0,mutants>=1000000,accepted=0",
        run: |size| Box::pin(async move { r13::run(size) }),
    },
    Row {
        name: "R14",
        target: "places=1,ratio<=1.2",
        run: |_| Box::pin(async { r14::run() }),
    },
    Row {
        name: "R15",
        target: "runs=1+1,wrong=0,rejected=0",
        run: |size| Box::pin(r15::run(size)),
    },
    Row {
        name: "R16",
        target: "wrong=0,p99<=100ms",
        run: |size| Box::pin(r16::run(size)),
    },
    Row {
        name: "R17",
        target: "lost=0,unopened=0,control>=95%",
        run: |size| Box::pin(r17::run(size)),
    },
    Row {
        name: "R18",
        target: "runs=events",
        run: |size| Box::pin(r18::run(size)),
    },
    Row {
        name: "R19",
        target: "wrong=0,back<=5s",
        run: |size| Box::pin(r19::run(size)),
    },
    Row {
        name: "R20",
        target: "ready<=2s,rss<=64MiB,left<=2x",
        run: |size| Box::pin(r20::run(size)),
    },
    Row {
        name: "R21",
        target: "rate>=5000/s,p99<=50ms",
        run: |size| Box::pin(r21::run(size)),
    },
    Row {
        name: "R22",
        target: "heads<=10s,bodies<=16s,health<=2x",
        run: |size| Box::pin(r22::run(size)),
    },
    Row {
        name: "R23",
        target: "each<=8192B,health<=100ms,alive=true",
        run: |size| Box::pin(r23::run(size)),
    },
    Row {
        name: "R24",
        target: "peak<=128MiB,slowest<=1s",
        run: |size| Box::pin(r24::run(size)),
    },
    Row {
        name: "R25",
        target: "wrong=0,different=0,vectors>=60",
        run: |size| Box::pin(r25::run(size)),
    },
    Row {
        name: "R26",
        target: "floods=7,growth<=8MiB,health<=250ms",
        run: |_| Box::pin(r26::run()),
    },
    Row {
        name: "R27",
        target: "found=0,targets>=10,slowest<=1s,peak<=512MiB",
        run: |size| Box::pin(r27::run(size)),
    },
    Row {
        name: "R28",
        target: "wrong=0,growth<=16MiB",
        run: |size| Box::pin(r28::run(size)),
    },
    Row {
        name: "R29",
        target: "wrong=0,growth<=16MiB",
        run: |_| Box::pin(r29::run()),
    },
    Row {
        name: "R30",
        target: "succeed>=99.9%,clean<=1.2x,calls<=1.2x",
        run: |size| Box::pin(r30::run(size)),
    },
    Row {
        name: "R31",
        target: "health<=10ms,others<=2x",
        run: |_| Box::pin(r31::run()),
    },
    Row {
        name: "R32",
        target: "goodput>=90%,refused<=50ms,growth<=16MiB",
        run: |size| Box::pin(r32::run(size)),
    },
    Row {
        name: "R33",
        target: "unanswered=0",
        run: |size| Box::pin(r33::run(size)),
    },
    Row {
        name: "R34",
        target: "wrong=0,cases>=100",
        run: |_| Box::pin(async { r34::run() }),
    },
    Row {
        name: "R35",
        target: "wrong=0,longest<=600s",
        run: |size| Box::pin(r35::run(size)),
    },
    Row {
        name: "R36",
        target: "growth<=5%,files=0",
        run: |size| Box::pin(r36::run(size)),
    },
    Row {
        name: "R37",
        target: "wrong=0",
        run: |size| Box::pin(r37::run(size)),
    },
    Row {
        name: "R38",
        target: "requests>=20000,undeclared=0,coverage>=96%,caught>=95%",
        run: |size| Box::pin(r38::run(size)),
    },
    Row {
        name: "R39",
        target: "wrong=0,builds=2,static>=9/10",
        run: |size| Box::pin(r39::run(size)),
    },
    Row {
        name: "R40",
        target: "wrong=0,compressed<=20MB,start<=50ms,rss<=16MiB",
        run: |size| Box::pin(r40::run(size)),
    },
    Row {
        name: "ACKED",
        target: "runs=events",
        run: |size| Box::pin(acked::run(size)),
    },
    Row {
        name: "EDGE",
        target: "kept>=80%,health<=1s",
        run: |size| Box::pin(edge::run(size)),
    },
    Row {
        name: "ONCE",
        target: "runs=requests",
        run: |size| Box::pin(once::run(size)),
    },
    Row {
        name: "SHARED",
        target: "runs=events",
        run: |size| Box::pin(shared::run(size)),
    },
    Row {
        name: "SHED",
        target: "refusals=429|503,p99<=3x,growth<=16MiB",
        run: |size| Box::pin(shed::run(size)),
    },
    Row {
        name: "WAIT",
        target: "watches=50,missed=0,last<=2*alone+writing",
        run: |_| Box::pin(wait::run()),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((inbox::drive::NAME, rest)) = arguments.split_first().map(|(a, b)| (&**a, b)) {
        return inbox::drive::main(rest);
    }
    let (flags, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|it| it.starts_with('-'));
    let known = |name: &&String| ROWS.iter().any(|row| row.name == *name);
    if !names.iter().all(known) || flags.iter().any(|flag| *flag != "--small") {
        say(&mut io::stderr(), "usage: scorecard [--small] [R01 …]");
        return ExitCode::from(2);
    }
    let size = if flags.is_empty() {
        Size::Full
    } else {
        Size::Small
    };
    let chosen = |row: &&Row| names.is_empty() || names.iter().any(|name| *name == row.name);
    // Counted, not short-circuited: a failure hides no other row.
    let failed = ROWS.iter().filter(chosen).filter(|row| !row.passes(size));
    ExitCode::from(u8::from(failed.count() > 0))
}

impl Row {
    /// Runs the row in a runtime of its own, so that nothing of it goes on in the next.
    fn passes(&self, size: Size) -> bool {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let verdict = runtime.block_on((self.run)(size));
        for complaint in &verdict.complaints {
            say(&mut io::stderr(), &format!("{}: {complaint}", self.name));
        }
        let passed = verdict.complaints.is_empty();
        let word = if passed { "PASS" } else { "FAIL" };
        let (name, value, target) = (self.name, &verdict.value, self.target);
        say(
            &mut io::stdout(),
            &format!("{name} {value} {target} {word}"),
        );
        passed
    }
}

fn say(to: &mut dyn Write, line: &str) {
    writeln!(to, "{line}").unwrap();
}
