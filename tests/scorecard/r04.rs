//! R04: no side door. Every endpoint with every kind of list, for objects that
//! the lists name and objects that they leave out.

#[path = "../it/side_door/doors.rs"]
mod doors;
#[path = "../it/side_door/world.rs"]
mod world;

use crate::verdict::Verdict;
use doors::{doors, visit};
use world::{Lists, World};

pub(crate) async fn run() -> Verdict {
    let (mut leaks, mut closed, mut open) = (Vec::new(), 0, 0);
    for lists in [Lists::ALL, Lists::TASKS, Lists::APPS, Lists::TRIGGERS] {
        let world = World::start(lists).await;
        let visits = visit(&world, &world.app).await;
        leaks.extend(visits.leaks);
        closed += visits.closed;
        open += visits.open;
    }
    let world = World::start(Lists::ALL).await;
    let lax = world.without_lists().await;
    let through = visit(&world, &lax).await.leaks;
    let doors = doors();
    let mut guarded = doors.iter().filter(|door| door.is_guarded());
    let caught = guarded.all(|door| {
        let name = format!("{} ", door.name);
        through.iter().any(|leak| leak.starts_with(&name))
    });
    Verdict::new(
        format!(
            "leaks={}/{closed},listed={open},endpoints={}",
            leaks.len(),
            doors.len()
        ),
        leaks,
    )
    .with_control(caught, "a server without lists, at every endpoint")
}
