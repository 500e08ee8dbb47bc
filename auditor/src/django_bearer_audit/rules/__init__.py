"""The rules, one file each; `registry` finds them by walking this folder."""
