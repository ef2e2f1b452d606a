//! In order per key, in parallel across keys, and at once.

use super::yard::{HUNG, Instruction, Yard};
use haulgate::{domain::effect::Effect, spawn::Background, store::TaskStatus};
use std::{sync::Arc, time::Duration};
use tokio::sync::Barrier;

fn lines(first: u64, last: u64) -> Effect {
    Effect::ReleaseLines { batch: "bat_1".into(), first, last }
}

fn settle(route: &str) -> Effect {
    Effect::SettleRoute { route: route.into() }
}

on_both_databases! {
    async fn effects_of_a_key_are_brought_about_in_the_order_they_were_asked_for(database) {
        let yard = Yard::open(database).await;
        let asked = [lines(1, 10), lines(1, 20), lines(1, 30)];
        yard.ask(asked.clone()).await;
        assert_eq!(yard.relay.work_off().await, 3);
        assert_eq!(yard.above.done(), asked);
    }

    async fn a_failure_keeps_the_later_ones_of_its_key_waiting_and_nobody_else(database) {
        let yard = Yard::open(database).await;
        let first = yard.ask([lines(1, 10)]).await;
        yard.above.instruct(1, &Instruction::Panic);
        yard.relay.work_off().await;
        yard.ask([lines(1, 20), settle("rte_1")]).await;
        yard.relay.work_off().await;
        assert_eq!(yard.above.done(), [settle("rte_1")]);
        assert_eq!(yard.task(&first[0]).await.story[0].what, "failed");
        yard.wait(1);
        yard.relay.work_off().await;
        assert_eq!(yard.above.done(), [settle("rte_1"), lines(1, 10), lines(1, 20)]);
    }

    async fn effects_of_different_keys_are_under_way_together(database) {
        let yard = Yard::open(database).await;
        yard.above.instruct(4, &Instruction::Meet(Arc::new(Barrier::new(4))));
        yard.ask(["rte_1", "rte_2", "rte_3", "rte_4"].map(settle)).await;
        assert_eq!(yard.relay.work_off().await, 4);
    }

    async fn a_commit_wakes_the_relay(database) {
        let yard = Yard::open_with(database, |settings| settings.poll_ms = 3_600_000).await;
        let (background, both) = (Background::default(), Arc::new(Barrier::new(2)));
        let (relay, stop) = (yard.relay.clone(), background.clone());
        let running = background.spawn(async move { relay.run(stop, Duration::from_secs(30)).await });
        for route in ["rte_1", "rte_2", "rte_3"] {
            yard.above.instruct(1, &Instruction::Meet(both.clone()));
            yard.ask([settle(route)]).await;
            both.wait().await;
        }
        background.stop();
        running.await.expect("it ended well");
        assert_eq!(yard.above.done().len(), 3);
    }

    async fn what_hangs_leaves_workers_to_everyone_else(database) {
        let yard = Yard::open_with(database, |settings| settings.workers = 4).await;
        let (background, both) = (Background::default(), Arc::new(Barrier::new(2)));
        yard.ask((1..=8).map(|first| Effect::ReleaseLines { batch: HUNG.into(), first, last: first })).await;
        yard.above.instruct(1, &Instruction::Meet(both.clone()));
        yard.ask([settle("rte_1")]).await;
        let (relay, stop) = (yard.relay.clone(), background.clone());
        let running = background.spawn(async move { relay.run(stop, Duration::ZERO).await });
        both.wait().await;
        background.stop();
        running.await.expect("it ended well");
    }

    async fn what_is_under_way_is_finished_when_the_process_is_asked_to_stop(database) {
        let yard = Yard::open(database).await;
        let (background, gate) = (Background::default(), Arc::new(Barrier::new(2)));
        yard.above.instruct(1, &Instruction::Meet(gate.clone()));
        let asked = yard.ask([settle("rte_1")]).await;
        let (relay, stop) = (yard.relay.clone(), background.clone());
        let running = background.spawn(async move { relay.run(stop, Duration::from_secs(30)).await });
        while yard.status(&asked[0]).await != TaskStatus::Leased {
            tokio::task::yield_now().await;
        }
        background.stop();
        gate.wait().await;
        running.await.expect("it ended well");
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Done);
    }

    async fn what_cannot_be_finished_in_time_is_given_back_at_once(database) {
        let yard = Yard::open(database).await;
        let background = Background::default();
        yard.above.instruct(1, &Instruction::Hang);
        let asked = yard.ask([settle("rte_1")]).await;
        let (relay, stop) = (yard.relay.clone(), background.clone());
        let running = background.spawn(async move { relay.run(stop, Duration::ZERO).await });
        while !yard.above.instructions.lock().expect("not poisoned").is_empty() {
            tokio::task::yield_now().await;
        }
        background.stop();
        running.await.expect("it ended well");
        let task = yard.task(&asked[0]).await;
        assert_eq!((task.status, task.story[0].what.as_str()), (TaskStatus::Waiting, "returned"));
        assert_eq!(yard.another_relay().work_off().await, 1);
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Done);
    }
}
