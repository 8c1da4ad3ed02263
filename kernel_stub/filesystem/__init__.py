"""A file system in memory: a tree of inodes, which two systems show in their own ways.

    contents.py     the bytes of a regular file, as pages; holes take no room
    inodes.py       one inode: its type, its permissions, its times
    tree.py         all inodes: making, linking and removing them; what is too much is ENOSPC
    lookup.py       from a path to an inode: directories, "..", symbolic links, permissions
    open_files.py   what a descriptor of it stands for: reading and writing, devices
    backing.py      the file behind a mapping
    status.py       what stat tells about an inode, a pipe or the terminal
    initial.py      the tree that a session finds: /tmp, /dev, /proc/self/exe
    hosted.py       files of the host that a caller mounts; they are read when they are looked at

All of it is plain data, part of a checkpoint. Times are those of the kernel's clock. Nothing is written to the
host: what a guest wrote in a mounted folder is in memory, and the caller may take it from there.
"""
