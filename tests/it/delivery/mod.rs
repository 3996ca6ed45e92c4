mod crash_points;
mod letters;
mod plan;
mod simulation;
