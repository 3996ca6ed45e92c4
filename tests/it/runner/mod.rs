mod doubt;
mod ending;
mod many;
mod pace;
mod providers;
mod relay_trouble;
