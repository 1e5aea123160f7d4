export module one.nu
export module ./two
export module "three.nu"
module hidden.nu
use hidden.nu
export def use-hidden [] { hidden h }
