mod doubt;
mod ending;
mod many;
mod pace;
mod relay_trouble;
