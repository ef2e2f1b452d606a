//! Absences, failures, dead letters.

use super::yard::{Instruction, Yard};
use haulgate::{
    domain::effect::Effect,
    relay::Failed,
    sandbox::faults::{Fault, Target},
    store::TaskStatus,
};

fn settle() -> Effect {
    Effect::SettleRoute { route: "rte_1".into() }
}

on_both_databases! {
    async fn a_maintenance_window_burns_no_attempts_and_the_effect_comes_about_once(database) {
        let yard = Yard::open_with(database, |settings| settings.attempts = 2).await;
        let party = "pty_baker".into();
        yard.sandbox.erp.add_party(&party, "Baker", None, 0);
        yard.sandbox.erp.add_product(&"itm_flour".into(), 10.0);
        yard.sandbox.erp.add_sale("SO-1", &party, &[("itm_flour".into(), 10)], 12_000);
        yard.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 600 });
        let asked = yard.ask([Effect::CancelInErp { order: "ord_1".into(), number: "SO-1".into() }]).await;
        for _ in 0..4 {
            assert_eq!(yard.relay.work_off().await, 1);
            assert_eq!(yard.relay.work_off().await, 0, "Retry-After is honoured");
            yard.wait(15);
        }
        let waiting = yard.task(&asked[0]).await;
        assert_eq!((waiting.status, waiting.story.len()), (TaskStatus::Waiting, 4));
        assert!(waiting.story.iter().all(|chapter| chapter.what == "away"), "{:?}", waiting.story);
        yard.sandbox.faults.clear(Target::Erp);
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Done);
        assert_eq!(yard.sandbox.erp.effects().cancelled, 1);
    }

    async fn who_is_away_for_days_makes_a_dead_letter_after_all(database) {
        let yard = Yard::open(database).await;
        let away = Failed::Ledger("away".to_owned());
        yard.above.instruct(2, &Instruction::Fail(away));
        let asked = yard.ask([settle()]).await;
        yard.relay.work_off().await;
        yard.wait(73 * 60);
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Dead);
    }

    async fn a_dead_letter_has_its_story_and_is_replayed_under_its_id(database) {
        let yard = Yard::open_with(database, |settings| settings.attempts = 3).await;
        yard.above.instruct(3, &Instruction::Panic);
        let asked = yard.ask([settle()]).await;
        for _ in 0..3 {
            yard.relay.work_off().await;
            yard.wait(2);
        }
        let dead = yard.only(TaskStatus::Dead).await;
        assert_eq!(dead.id, asked[0]);
        let told: Vec<_> = dead.story.iter().map(|chapter| (chapter.attempt, chapter.what.as_str())).collect();
        assert_eq!(told, [(1, "failed"), (2, "failed"), (3, "dead")]);
        assert!(dead.story[2].why.contains("the use case has a mistake"), "{:?}", dead.story);
        assert_eq!(yard.relay.work_off().await, 0);
        yard.rule(&dead.id, |change, task| change.replay(task)).await;
        assert_eq!(yard.relay.work_off().await, 1);
        assert_eq!(yard.status(&dead.id).await, TaskStatus::Done);
    }

    async fn a_replayed_letter_has_all_of_its_attempts_again(database) {
        let yard = Yard::open_with(database, |settings| settings.attempts = 2).await;
        yard.above.instruct(3, &Instruction::Panic);
        let asked = yard.ask([settle()]).await;
        for _ in 0..2 {
            yard.relay.work_off().await;
            yard.wait(2);
        }
        yard.rule(&asked[0], |change, task| change.replay(task)).await;
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Waiting);
    }

    async fn a_refusal_is_a_dead_letter_at_once_and_a_person_can_give_it_up(database) {
        let yard = Yard::open(database).await;
        yard.above.instruct(1, &Instruction::Fail(Failed::refused("no_such_route", "it never was")));
        let asked = yard.ask([settle(), settle()]).await;
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Dead);
        assert_eq!(yard.status(&asked[1]).await, TaskStatus::Waiting, "it comes after the dead one");
        yard.rule(&asked[0], |change, task| change.discard(task, "planned twice")).await;
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Discarded);
        assert_eq!(yard.status(&asked[1]).await, TaskStatus::Done);
    }
}
