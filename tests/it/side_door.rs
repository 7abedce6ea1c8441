//! What a list leaves out cannot be read, started, stopped or called through any
//! endpoint, whatever it is about.

mod doors;
mod world;

use self::{
    doors::{doors, visit},
    world::{Lists, World},
};

#[tokio::test]
async fn what_is_not_in_the_lists_is_behind_no_door() {
    for lists in [Lists::ALL, Lists::TASKS, Lists::APPS, Lists::TRIGGERS] {
        let world = World::start(lists).await;
        let visits = visit(&world, &world.app).await;
        assert_eq!(visits.leaks, [""; 0], "{lists:?}");
        assert!(visits.closed > 0 && visits.open > 0, "{visits:?}");
    }
}

/// The table cannot miss an endpoint: without lists every one lets something
/// through that the lists would have kept.
#[tokio::test]
async fn without_lists_every_door_leads_to_what_they_leave_out() {
    let world = World::start(Lists::ALL).await;
    let open = world.without_lists().await;
    let leaks = visit(&world, &open).await.leaks;
    for door in doors().iter().filter(|door| door.is_guarded()) {
        let name = format!("{} ", door.name);
        assert!(leaks.iter().any(|leak| leak.starts_with(&name)), "{name}");
    }
}
