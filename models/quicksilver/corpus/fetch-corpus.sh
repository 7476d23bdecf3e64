#!/usr/bin/env bash
# Fetches the training corpus: the pinned packages of packages.tsv, their sources alone.
#
#   fetch-corpus.sh DESTINATION [LANGUAGE...]        LANGUAGE: python, javascript, csharp; default all
#
# packages.tsv pins what is fetched; folders.tsv says which folders of a source package are packages of ours.
#
# DESTINATION/packages/<language>/<package>/...      the source files
# DESTINATION/licences/<language>/<package>/...      what the package says about its licence
# DESTINATION/packages.json                          name, version, language, licence, origin, family, homepage
# DESTINATION/.cache                                 downloads, kept so that a second run fetches nothing
#
# Needs apt-get and dpkg-deb (with Debian's archive keyring), npm for javascript, dpkg-source's xz for csharp.
# No root: apt runs on lists and caches of its own under DESTINATION/.cache. Debian's archive drops old
# versions; where a pinned one is gone, the version that the archive serves is taken and said so.
# Files under a copyleft licence inside a permissive package are left out.
set -euo pipefail
export LC_ALL=C

usage() { echo "usage: $0 DESTINATION [python|javascript|csharp ...]" >&2; exit 2; }
[ $# -ge 1 ] || usage
mkdir -p "$1"
destination=$(cd "$1" && pwd)
shift
languages=("$@")
[ ${#languages[@]} -gt 0 ] || languages=(python javascript csharp)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pins=$here/packages.tsv
cache=$destination/.cache
suite=${CORPUS_DEBIAN_SUITE:-bookworm}
mirror=${CORPUS_DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${CORPUS_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}
keyring=${CORPUS_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
copyleft='GNU (Lesser |Library |Affero )?General Public|Mozilla Public License|SPDX-License-Identifier:.*(GPL|MPL|EPL)|Microsoft Public License'
permissive='Apache License|MIT License|BSD License|Permission is hereby granted|SPDX-License-Identifier:.*(MIT|Apache|BSD)'
mkdir -p "$cache/fetched"

say() { printf '%s\n' "$*" >&2; }
rows() { awk -F'\t' -v l="$1" -v o="$2" '!/^#/ && $3 == l && $5 == o' "$pins"; }

# --- Debian -------------------------------------------------------------------------------------

apt_options=()
apt_prepare() {
    [ ${#apt_options[@]} -eq 0 ] || return 0
    local apt=$cache/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts" "$cache/deb" "$cache/dsc"
    printf 'deb [signed-by=%s] %s %s main\ndeb-src [signed-by=%s] %s %s main\ndeb [signed-by=%s] %s %s-security main\ndeb-src [signed-by=%s] %s %s-security main\n' \
        "$keyring" "$mirror" "$suite" "$keyring" "$mirror" "$suite" \
        "$keyring" "$security" "$suite" "$keyring" "$security" "$suite" > "$apt/sources.list"
    apt_options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
        -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives"
        -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o Acquire::Languages=none
        -o "APT::Sandbox::User=$(id -un)")
    apt-get "${apt_options[@]}" update >&2
}

deb_of() { # name version: the cached .deb, if any
    local file=$cache/deb/$1_${2//:/%3a}_*.deb
    compgen -G "$file" | head -n 1 || true
}

# Prints "name<TAB>version" of what was really taken.
debian_take() {
    local name=$1 version=$2 served
    if [ -z "$(deb_of "$name" "$version")" ] &&
        ! (cd "$cache/deb" && apt-get "${apt_options[@]}" download "$name=$version" >&2 2>/dev/null); then
        served=$(apt-cache "${apt_options[@]}" show --no-all-versions "$name" 2>/dev/null | awk '/^Version:/ { print $2; exit }')
        [ -n "$served" ] || { say "$name: the archive serves no version at all; left out"; return 0; }
        say "$name: pinned $version is gone, taking $served"
        version=$served
        [ -n "$(deb_of "$name" "$version")" ] ||
            (cd "$cache/deb" && apt-get "${apt_options[@]}" download "$name=$version" >&2)
    fi
    printf '%s\t%s\n' "$name" "$version"
}

fetch_debian() { # language, file patterns...
    local language=$1 name version licence origin family taken missing
    shift
    [ -n "$(rows "$language" debian)" ] || return 0
    apt_prepare
    # One call for all that is pinned and served; what fails is looked at one by one below.
    missing=$(rows "$language" debian | while IFS=$'\t' read -r name version _; do
        [ -n "$(deb_of "$name" "$version")" ] || printf '%s=%s\n' "$name" "$version"
    done)
    [ -z "$missing" ] ||
        (cd "$cache/deb" && xargs apt-get "${apt_options[@]}" download <<< "$missing" > /dev/null 2>&1) || true
    rows "$language" debian | while IFS=$'\t' read -r name version _ licence origin family; do
        taken=$(debian_take "$name" "$version")
        [ -n "$taken" ] || continue
        version=${taken#*$'\t'}
        unpack_deb "$language" "$name" "$(deb_of "$name" "$version")" "$@"
        record "$name" "$version" "$language" "$licence" debian "$family" "https://packages.debian.org/$suite/$name"
    done
}

unpack_deb() { # language name file patterns...
    local language=$1 name=$2 file=$3 work=$cache/unpack root
    shift 3
    rm -rf "$work"; mkdir -p "$work"
    dpkg-deb --fsys-tarfile "$file" |
        tar -x -C "$work" --no-same-owner --wildcards --no-anchored "$@" '*/doc/*/copyright' 2>/dev/null || true
    keep_licence "$language" "$name" "$work"/usr/share/doc/*/copyright
    rm -rf "$work/usr/share/doc"
    for root in usr/lib/python3/dist-packages usr/lib/python3.* usr/share usr/lib; do
        # The prefix that every Debian package has in common says nothing; lift what is below it.
        for root in "$work"/$root; do
            [ -d "$root" ] && install_sources "$language" "$name" "$root" && rm -rf "$root"
        done
    done
    install_sources "$language" "$name" "$work"
}

fetch_debian_source() { # language extension
    local language=$1 extension=$2 name version licence origin family served
    rows "$language" debian-source | cut -f1,2 | sort -u | while IFS=$'\t' read -r name version; do
        apt_prepare
        if ! (cd "$cache/dsc" && apt-get "${apt_options[@]}" source --download-only "$name=$version" >&2); then
            served=$(apt-cache "${apt_options[@]}" showsrc --only-source "$name" | awk '/^Version:/ { print $2 }' | sort -V | tail -n 1)
            [ -n "$served" ] || { say "$name: the archive serves no source at all; left out"; continue; }
            say "$name: pinned source $version is gone, taking $served"
            version=$served
            (cd "$cache/dsc" && apt-get "${apt_options[@]}" source --download-only "$name=$version" >&2)
        fi
        unpack_source "$language" "$extension" "$name" "$version"
    done
}

# A source package may hold many packages of ours: folders.tsv says which folder is which. A pattern may hold
# one star: what it matches names the package, and its first two dotted words name the family.
unpack_source() { # language extension source version
    local language=$1 extension=$2 source=$3 version=$4 work=$cache/unpack upstream archive top
    local pattern prefix licence folder star package family
    upstream=${version#*:}; upstream=${upstream%-*}
    rm -rf "$work"; mkdir -p "$work"
    for archive in "$cache/dsc/${source}_$upstream".orig*.tar.*; do
        case $archive in *.asc) continue;; esac
        tar -x -C "$work" -f "$archive" --no-same-owner --wildcards --no-anchored "*.$extension" '*LICENSE*' '*License.txt' 2>/dev/null || true
    done
    top=$(find "$work" -mindepth 1 -maxdepth 1 -type d | head -n 1)
    awk -F'\t' -v s="$source" '!/^#/ && $1 == s' "$here/folders.tsv" |
        while IFS=$'\t' read -r _ pattern prefix licence; do
            for folder in "$top"/$pattern; do
                [ -d "$folder" ] || continue
                star=${folder#"$top/${pattern%%[\[*]*}"}; star=${star%"${pattern##*\*}"}
                case $pattern in *\**) package=$prefix-$star ;; *) package=$prefix; star=$prefix ;; esac
                install_sources "$language" "$package" "$folder"
                [ -d "$destination/packages/$language/$package" ] || continue
                family=$(awk -F. '{ print tolower($1 (NF > 1 ? "." $2 : "")) }' <<< "$star")
                keep_licence "$language" "$package" "$top/LICENSE" "$folder"/LICENSE* "$folder"/../LICENSE* "$folder"/../License.txt
                record "$package" "$version" "$language" "$licence" debian "$family" "https://sources.debian.org/src/$source"
            done
        done
}

# --- npm ----------------------------------------------------------------------------------------

fetch_npm() { # language
    local language=$1 name version licence origin family folders file work=$cache/unpack package top folder
    mkdir -p "$cache/npm"
    rows "$language" npm | while IFS=$'\t' read -r name version _ licence origin family folders; do
        package=${name#@}; package=${package//\//-}
        file=$cache/npm/$package-$version.tgz
        if [ ! -f "$file" ]; then
            (cd "$cache/npm" && npm pack --silent --ignore-scripts "$name@$version" > /dev/null) || { say "$name: $version cannot be fetched; left out"; continue; }
        fi
        rm -rf "$work"; mkdir -p "$work"
        tar -xzf "$file" -C "$work" --no-same-owner
        keep_licence "$language" "$package" "$work"/*/LICEN[SC]E* "$work"/*/licen[sc]e*
        find "$work" -type f \( -name '*.min.js' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
        # What a package builds from its sources teaches nothing that they do not.
        find "$work" -mindepth 2 -depth -type d \( -name dist -o -name build -o -name node_modules -o -name generated \
            -o -name _cjs -o -name _esm -o -name _types -o -name ThirdParty -o -name third-party \) -exec rm -rf {} +
        top=$(find "$work" -mindepth 1 -maxdepth 1 -type d | head -n 1)
        mkdir -p "$work/kept"
        for folder in ${folders//,/ }; do
            [ -d "$top/$folder" ] || { say "$name: no folder $folder"; continue; }
            mkdir -p "$work/kept/$folder"
            cp -r "$top/$folder/." "$work/kept/$folder"
        done
        install_sources "$language" "$package" "$work/kept"
        record "$package" "$version" "$language" "$licence" npm "$family" "https://www.npmjs.com/package/$name"
    done
}

# --- what all origins share ---------------------------------------------------------------------

extensions_of() {
    case $1 in
        python) echo 'py' ;;
        javascript) echo 'js mjs cjs jsx ts mts cts tsx' ;;
        csharp) echo 'cs' ;;
    esac
}

# Moves the language's files of one folder into the package's, without those under copyleft.
install_sources() {
    local language=$1 name=$2 from=$3 target=$destination/packages/$1/$2 tests=() extension list=$cache/list
    for extension in $(extensions_of "$language"); do tests+=(-o -name "*.$extension"); done
    (cd "$from" && find . -type f \( "${tests[@]:1}" \) -size -1025k -print0) > "$list"
    [ -s "$list" ] || return 0
    mkdir -p "$target"
    (cd "$from" && tar -c --null -T "$list" | tar -x -C "$target" --no-same-owner)
    (cd "$target" && xargs -0 grep -lZEi "$copyleft" -- < "$list" 2>/dev/null || true) > "$list.copyleft"
    [ -s "$list.copyleft" ] || return 0
    (cd "$target" && xargs -0 grep -LZEi "$permissive" -- < "$list.copyleft" || true) |
        (cd "$target" && xargs -0r rm -f --)
}

keep_licence() { # language package files...
    local target=$destination/licences/$1/$2 file
    shift 2
    for file in "$@"; do
        [ -f "$file" ] || continue
        mkdir -p "$target"
        cp -f "$file" "$target/"
    done
}

record() { # name version language licence origin family homepage
    printf '{"name":"%s","version":"%s","language":"%s","licence":"%s","origin":"%s","family":"%s","homepage":"%s"}\n' \
        "$@" >> "$cache/fetched/$3.jsonl.part"
}

for language in "${languages[@]}"; do
    rm -rf "$destination/packages/$language" "$destination/licences/$language"
    mkdir -p "$destination/packages/$language"
    : > "$cache/fetched/$language.jsonl.part"
    case $language in
        python) fetch_debian python '*.py' ;;
        javascript) fetch_npm javascript ;;
        csharp) fetch_debian_source csharp cs ;;
        *) usage ;;
    esac
    mv "$cache/fetched/$language.jsonl.part" "$cache/fetched/$language.jsonl"
    cat "$cache/fetched"/*.jsonl | awk 'BEGIN { print "[" } { printf "%s  %s", (NR > 1 ? ",\n" : ""), $0 } END { print "\n]" }' \
        > "$destination/packages.json.part"
    mv "$destination/packages.json.part" "$destination/packages.json"
    say "$language: $(find "$destination/packages/$language" -type f | wc -l) files, $(du -sm "$destination/packages/$language" | cut -f1) MB, $(wc -l < "$cache/fetched/$language.jsonl") packages"
done
